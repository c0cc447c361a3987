import warnings

import numpy as np
import pytest
from PIL import Image

from srm_mmseg.evaluation.map_folder import read_map, score_folder

LEVELS = np.uint8([[0, 1, 100], [200, 254, 255]])


def stored(path, mode, **kwargs):
    Image.fromarray(LEVELS).convert(mode).save(path, **kwargs)
    return str(path)


@pytest.mark.parametrize('mode', ['L', 'RGB', 'RGBA', 'LA', 'P'])
def test_grey_maps_of_any_mode(mode, tmp_path):
    np.testing.assert_array_equal(read_map(stored(tmp_path / 'map.png', mode)), LEVELS)


def test_a_palette_of_two_colours_is_no_label(tmp_path):
    image = Image.fromarray(np.uint8([[0, 1]]))
    image.putpalette([10, 10, 10, 200, 200, 200])
    image.save(tmp_path / 'map.png')
    assert read_map(str(tmp_path / 'map.png')).tolist() == [[10, 200]]


def test_16_bits(tmp_path):
    Image.fromarray(np.uint16(LEVELS) * 257).save(tmp_path / 'map.png')
    with pytest.raises(ValueError, match=r"map.png': it has more than 8 bits.*Save it as an 8-bit"):
        read_map(str(tmp_path / 'map.png'))


def test_floats(tmp_path):
    Image.fromarray(LEVELS.astype(np.float32)).save(tmp_path / 'map.tiff')
    with pytest.raises(ValueError, match='more than 8 bits'):
        read_map(str(tmp_path / 'map.tiff'))


def test_colours(tmp_path):
    Image.fromarray(np.uint8([[[255, 0, 0], [0, 0, 255]]])).save(tmp_path / 'map.png')
    with pytest.raises(ValueError, match="map.png': it is coloured"):
        read_map(str(tmp_path / 'map.png'))


def test_transparency(tmp_path):
    image = Image.fromarray(LEVELS).convert('LA')
    image.putalpha(99)
    image.save(tmp_path / 'map.png')
    with pytest.raises(ValueError, match='transparent'):
        read_map(str(tmp_path / 'map.png'))


def test_masks_at_the_threshold_are_one_warning(tmp_path):
    truth = np.zeros((9, 9), np.uint8)
    truth[2:5, 3:7] = 1
    for folder, level in (('gt', 128), ('maps', 255)):
        (tmp_path / folder).mkdir()
        for name in 'ab':
            Image.fromarray(truth * np.uint8(level)).save(tmp_path / folder / f'{name}.png')
    with pytest.warns(UserWarning, match=r'2 masks are doubtful.*a\.png.*--gt-threshold 127'):
        score = score_folder(tmp_path / 'gt', tmp_path / 'maps', ['maxF', 'MAE'])
    assert score.measures['maxF'] < 0.1
    with warnings.catch_warnings():
        warnings.filterwarnings('error', '.*doubtful')
        (tmp_path / 'gt/a.png').unlink()
        Image.fromarray(truth * 255).save(tmp_path / 'gt/a.png')
        Image.fromarray(truth * 0).save(tmp_path / 'gt/b.png')
        score_folder(tmp_path / 'gt', tmp_path / 'maps', ['maxF', 'MAE'])
