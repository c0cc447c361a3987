import numpy as np

from srm_mmseg.saliency.pictures import side_by_side


def test_side_by_side_keeps_colours():
    image = np.zeros((2, 2, 3), np.uint8)
    image[..., 0] = 200
    picture = side_by_side(image, [np.full((2, 2), level, np.uint8) for level in (255, 128)])
    assert picture[0].tolist() == [[200, 0, 0]] * 2 + [[255] * 3] * 2 + [[128] * 3] * 2
