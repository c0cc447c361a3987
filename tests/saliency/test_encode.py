import io

import numpy as np
import pytest
from PIL import Image

from srm_mmseg.saliency.encode import OPTIONS, encode


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
