import io

import cv2
import numpy as np
import pytest
from PIL import Image

from srm_mmseg.saliency.eight_bits import quantise
from srm_mmseg.saliency.encode import OPTIONS, encode
from srm_mmseg.saliency.map_arrays import resize


@pytest.mark.parametrize('shape', [(30, 40), (30, 40, 3), (30, 40, 4)])
@pytest.mark.parametrize('suffix', [*OPTIONS])
def test_a_file_holds_every_level_of_every_pixel(suffix, shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    for view in (pixels, pixels[::-1, ::-1]):
        stored = np.asarray(Image.open(io.BytesIO(encode(view, suffix))))
        np.testing.assert_array_equal(stored, view)


def test_refuses_a_format_that_loses_levels():
    with pytest.raises(ValueError, match="suffix out of .png, but got '.jpg'"):
        encode(np.zeros((2, 2), np.uint8), '.jpg')


def test_the_same_pixels_are_the_same_bytes():
    pixels = np.random.default_rng(0).integers(0, 256, (30, 40, 4), dtype=np.uint8)
    assert encode(pixels) == encode(pixels.copy())


def test_maps_and_photographs_take_fewer_bytes_than_by_opencvs_own_choice():
    """docs/performance.md has it of real ones, and the time."""
    size = (480, 640)
    smooth = resize(np.random.default_rng(0).random((12, 16), dtype=np.float32), size, True)
    noise = np.random.default_rng(1).normal(0, 3, (*size, 3))
    photograph = (200 * smooth[..., None] + noise).clip(0, 255).astype(np.uint8)
    for pixels, most in ((quantise(smooth), 0.9), (photograph, 0.97)):
        assert len(encode(pixels)) < most * len(cv2.imencode('.png', pixels)[1])
