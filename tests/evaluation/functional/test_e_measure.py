import numpy as np
import pytest

from srm_mmseg.evaluation.functional import adaptive_e, e_curve, map_histogram
from srm_mmseg.evaluation.map_score import average_scores, score_map

MASK = np.zeros((6, 5), np.uint8)
MASK[2:4, 1:4] = 1


def loop_over_pixels(predicted, mask):
    """Compute E as the paper writes it, but for the division by one pixel less."""
    phi_map, phi_mask = predicted - predicted.mean(), mask - mask.mean()
    xi = 2 * phi_map * phi_mask / (phi_map**2 + phi_mask**2)
    return ((1 + xi) ** 2 / 4).sum() / (mask.size - 1)


def test_curve_equals_a_loop_over_pixels():
    saliency = np.random.default_rng(0).integers(0, 256, MASK.shape, dtype=np.uint8)
    saliency.flat[:2] = 0, 255
    curve = e_curve(*map_histogram(saliency, MASK).by_threshold())
    for threshold in range(256):
        expected = loop_over_pixels((saliency >= threshold).astype(float), MASK)
        assert curve[threshold] == pytest.approx(expected, abs=1e-12)


def test_a_perfect_map():
    histogram = map_histogram(MASK * np.uint8(255), MASK)
    assert adaptive_e(histogram) == pytest.approx(30 / 29)
    assert e_curve(*histogram.by_threshold())[1:] == pytest.approx(30 / 29)


@pytest.mark.parametrize('foreground', [0, 1])
def test_constant_masks_count_the_pixels_that_agree(foreground):
    saliency = np.uint8([[0, 0, 255, 255, 255]])
    histogram = map_histogram(saliency, np.full((1, 5), foreground, np.uint8))
    assert adaptive_e(histogram) == pytest.approx((3 if foreground else 2) / 4)


@pytest.mark.parametrize('level', [0, 255])
@pytest.mark.parametrize('truth', [0, 1])
def test_an_image_of_one_pixel_is_right_or_wrong(level, truth):
    """PySODMetrics divides by 2e-16."""
    histogram = map_histogram(np.uint8([[level]]), np.uint8([[truth]]))
    assert e_curve(*histogram.by_threshold())[1:] == pytest.approx(float(level == 255 * truth))
    assert adaptive_e(histogram) == pytest.approx(truth)  # at 0 all is salient, too


@pytest.mark.parametrize('shape', [(1, 1), (1, 2), (2, 2), (40, 50)])
def test_no_measure_leaves_the_stated_range(shape):
    mask = np.zeros(shape, np.uint8)
    mask.flat[: (mask.size + 1) // 2] = 1
    size = mask.size
    for saliency in (mask * 255, 255 - mask * 255, np.full(shape, 255), np.zeros(shape)):
        scores, _ = average_scores([score_map(saliency.astype(np.uint8), mask)])
        for name, value in scores.items():
            highest = size / max(size - 1, 1) if name.endswith('E') and name != 'MAE' else 1
            assert -1e-12 <= value <= highest + 1e-12, (name, value)
