import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from srm_mmseg.evaluation.functional import map_histogram, weighted_f
from srm_mmseg.evaluation.functional.weighted_f import OFFSETS, _filled_from_nearest


def score(saliency, mask, **kwargs):
    return weighted_f(saliency, mask, map_histogram(saliency, mask, **kwargs))


def box():
    mask = np.zeros((40, 40), np.uint8)
    mask[15:25, 15:25] = 1
    return mask


def test_a_perfect_map_and_its_negative():
    assert score(box() * np.uint8(255), box()) == pytest.approx(1, abs=1e-6)
    assert score((1 - box()) * np.uint8(255), box()) == pytest.approx(0, abs=1e-6)


def test_empty_mask_scores_0():
    assert score(np.full((9, 9), 200, np.uint8), np.zeros((9, 9), np.uint8)) == 0


def test_a_far_false_alarm_costs_more():
    near, far = (box() * np.uint8(255) for _ in range(2))
    near[25, 15:25] = 255
    far[39, 15:25] = 255
    assert score(far, box()) < score(near, box()) < 1


def test_scattered_misses_cost_less_than_a_hole():
    scattered, hole = (box() * np.uint8(255) for _ in range(2))
    scattered[16:24:3, 16:24:3] = 0
    hole[18:21, 18:21] = 0
    assert (scattered == 0).sum() == (hole == 0).sum()
    assert score(scattered, box()) > score(hole, box())


@pytest.mark.parametrize('seed', range(5))
def test_nearest_pixels_are_those_of_scipy_ties_included(seed):
    rng = np.random.default_rng(seed)
    inside = (rng.random((60, 70)) > 0.97).astype(np.uint8)
    inside[:8], inside[-8:], inside[:, :8], inside[:, -8:] = 0, 0, 0, 0
    distance, (rows, columns) = distance_transform_edt(1 - inside, return_indices=True)
    error = rng.random(inside.shape, dtype=np.float32) * inside
    filled = _filled_from_nearest(error, inside, distance.astype(np.float32))
    near = distance**2 < len(OFFSETS)
    reached = filled != error
    assert reached.sum() > 500 and near[reached].all()
    np.testing.assert_array_equal(filled[reached], error[rows, columns][reached])


def test_a_megapixel_far_from_the_object():
    """Distances of more than 630 pixels, whose exponentials underflow."""
    mask = np.zeros((700, 1500), np.uint8)
    mask[:10, :10] = 1
    saliency = mask * np.uint8(255)
    saliency[-1, -1] = 255
    # The false alarm weighs 2 against 100 hits: R = 1, P = 100 / 102.
    assert score(saliency, mask) == pytest.approx(200 / 202, abs=1e-6)
