import cv2
import numpy as np
import pytest

from srm_mmseg.evaluation.functional import quantise, write_map


def test_rounds_to_the_nearest_of_256_levels():
    assert quantise(np.array([[0, 0.4 / 255, 0.6 / 255, 1]])).tolist() == [[0, 0, 1, 255]]


@pytest.mark.parametrize('value', [np.nan, -0.1, 1.1, np.inf])
def test_refuses_what_is_no_probability(value):
    with pytest.raises(ValueError, match=r'in \[0, 1\], but got'):
        quantise(np.array([[0.5, value]]))


def test_file_and_array_are_the_same(tmp_path):
    saliency = np.random.default_rng(0).integers(0, 256, (30, 40), dtype=np.uint8)
    path = tmp_path / 'new/ümlaut.png'
    write_map(saliency, path)
    stored = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(stored, saliency)
