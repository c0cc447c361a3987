import numpy as np
import pytest
from PIL import Image

from srm_mmseg.datasets.checks.pair_check import Pair, check_pair

ORIENTATION = 0x0112
TURNED_BY_180 = 3


@pytest.fixture
def check(tmp_path):
    """Check a picture of a bright box, stored upside down or not, with a mask of that box."""

    def check(orientation, brightness, is_stored_upside_down):
        box = np.zeros((60, 80), np.uint8)
        box[5:30, 10:50] = 255
        rgb = np.stack([box // 255 * brightness + 20, *[box // 255 * brightness + 30] * 2], axis=2)
        stored = rgb[::-1, ::-1] if is_stored_upside_down else rgb
        exif = Image.Exif()
        exif[ORIENTATION] = orientation
        paths = str(tmp_path / 'a.png'), str(tmp_path / 'm.png')
        Image.fromarray(np.ascontiguousarray(stored)).save(paths[0], exif=exif)
        Image.fromarray(box).save(paths[1])
        return [(f.kind, f.detail) for f in check_pair(Pair('a', *paths)).findings]

    return check


def test_a_mask_for_the_upright_image_is_a_note(check):
    ((kind, detail),) = check(TURNED_BY_180, 100, True)
    assert kind == 'exif_orientation' and 'made for the upright image' in detail


def test_a_mask_for_the_image_as_stored_is_a_fault(check):
    ((kind, detail),) = check(TURNED_BY_180, 100, False)
    assert (
        kind == 'exif_mismatch' and 'by its outline, it is made for the image as stored' in detail
    )


def test_what_the_outline_cannot_tell_is_left_open(check):
    kinds = dict(check(TURNED_BY_180, 0, False))
    assert 'neither size nor outline' in kinds['exif_orientation']


@pytest.mark.parametrize('orientation', [1, 0, 9, 65535])
def test_values_that_turn_nothing_are_ignored(check, orientation):
    assert check(orientation, 100, False) == []
