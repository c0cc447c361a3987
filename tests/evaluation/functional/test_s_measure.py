import numpy as np
import pytest

from srm_mmseg.evaluation.functional import map_histogram, s_measure


def score(saliency, mask, **kwargs):
    return s_measure(saliency, mask, map_histogram(saliency, mask, **kwargs))


def test_a_perfect_map():
    mask = np.zeros((20, 30), np.uint8)
    mask[5:12, 4:21] = 1
    assert score(mask * np.uint8(255), mask) == pytest.approx(1)
    assert score((1 - mask) * np.uint8(255), mask) == 0


def test_constant_masks_score_by_the_mean_map():
    saliency = np.uint8([[0, 51, 255, 255]])
    assert score(saliency, np.ones((1, 4), np.uint8)) == pytest.approx(0.55)
    assert score(saliency, np.zeros((1, 4), np.uint8)) == pytest.approx(0.45)


def test_without_normalisation():
    mask = np.zeros((20, 30), np.uint8)
    mask[5:12, 4:21] = 1
    saliency = np.uint8(50) + mask * np.uint8(100)
    assert score(saliency, mask) == pytest.approx(1)
    assert score(saliency, mask, normalize=False) < 0.95
