import numpy as np
import pytest

from srm_mmseg.saliency.pictures import cutout, overlay, side_by_side


@pytest.fixture
def random():
    return np.random.default_rng(0)


@pytest.mark.parametrize('channels', [3, 4])
def test_a_cutout_has_the_colours_and_the_smaller_alpha(random, channels):
    image = random.integers(0, 256, (20, 30, channels), dtype=np.uint8)
    saliency = random.integers(0, 256, (20, 30), dtype=np.uint8)
    for view in (image, image[::-1, ::-1]):
        before = view.copy()
        found = cutout(view, saliency)
        alpha = np.full((20, 30), 255, np.uint8) if channels == 3 else view[..., 3]
        np.testing.assert_array_equal(found[..., :3], view[..., :3])
        np.testing.assert_array_equal(found[..., 3], np.minimum(alpha, saliency))
        np.testing.assert_array_equal(view, before)


def test_an_overlay_is_half_the_image_and_half_red_by_the_map(random):
    image = random.integers(0, 256, (20, 30, 3), dtype=np.uint8)
    saliency = random.integers(0, 256, (20, 30), dtype=np.uint8)
    red = np.rint(saliency[..., None].astype(int) * (255, 40, 40) / 510)
    for view in (image, image[::-1, ::-1]):
        np.testing.assert_array_equal(overlay(view, saliency), view // 2 + red)


def test_side_by_side_keeps_colours():
    image = np.zeros((2, 2, 3), np.uint8)
    image[..., 0] = 200
    picture = side_by_side(image, [np.full((2, 2), level, np.uint8) for level in (255, 128)])
    assert picture[0].tolist() == [[200, 0, 0]] * 2 + [[255] * 3] * 2 + [[128] * 3] * 2
