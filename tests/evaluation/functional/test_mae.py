import numpy as np
import pytest

from srm_mmseg.evaluation.functional import mae, map_histogram


def test_equals_the_mean_absolute_difference():
    rng = np.random.default_rng(0)
    saliency, mask = rng.integers(0, 256, (40, 50), dtype=np.uint8), rng.integers(0, 2, (40, 50))
    saliency.flat[:2] = 0, 255  # min-max normalisation changes nothing
    expected = np.abs(saliency / 255 - mask).mean()
    assert mae(map_histogram(saliency, mask)) == pytest.approx(expected, abs=1e-12)


def test_an_all_black_map_scores_the_share_of_foreground():
    mask = np.uint8([[1, 0, 0, 0]])
    assert mae(map_histogram(np.zeros((1, 4), np.uint8), mask)) == 0.25
