import numpy as np
import pytest

from srm_mmseg.evaluation.functional import map_histogram

MASK = np.uint8([[1, 1, 0, 0]])


def test_counts_inside_and_outside():
    histogram = map_histogram(np.uint8([[255, 7, 7, 0]]), MASK)
    assert histogram.foreground.nonzero()[0].tolist() == [7, 255]
    assert histogram.background.nonzero()[0].tolist() == [0, 7]
    assert histogram.foreground.sum() == histogram.background.sum() == 2


def test_normalisation_stretches_to_the_full_range():
    saliency = np.uint8([[100, 150, 200, 100]])
    stretched = map_histogram(saliency, MASK).saliency
    assert stretched[[100, 150, 200]] == pytest.approx([0, 0.5, 1], abs=1e-15)
    kept = map_histogram(saliency, MASK, normalize=False).saliency
    assert kept[[100, 150, 200]].tolist() == [100 / 255, 150 / 255, 200 / 255]


def test_a_constant_map_stays():
    assert map_histogram(np.full((1, 4), 51, np.uint8), MASK).saliency[51] == 0.2


def test_bad_input():
    with pytest.raises(TypeError, match='uint8 map, but got float64. Call quantise'):
        map_histogram(np.zeros((1, 4)), MASK)
    with pytest.raises(ValueError, match=r'shape of the mask, \(1, 4\), but got \(2, 2\)'):
        map_histogram(np.zeros((2, 2), np.uint8), MASK)
    with pytest.raises(ValueError, match='0 and 1, but got values from 0 to 255.*LoadSaliencyMask'):
        map_histogram(np.zeros((1, 4), np.uint8), MASK * np.uint8(255))


def test_counts_more_pixels_than_float32_can():
    saliency = np.zeros((2**12 + 1, 2**12), np.uint8)
    saliency[0, 0] = 1
    histogram = map_histogram(saliency, np.zeros_like(saliency))
    assert histogram.background[0] == 2**24 + 2**12 - 1
