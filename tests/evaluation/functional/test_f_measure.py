import json

import cv2
import numpy as np
import pytest

from srm_mmseg.evaluation.functional import (
    adaptive_f,
    f_score,
    mae,
    map_histogram,
    precision_recall,
)


def random_pair(seed):
    rng = np.random.default_rng(seed)
    mask = np.zeros((37, 53), np.uint8)
    mask[rng.integers(20) :, : rng.integers(5, 50)] = 1
    return np.clip(rng.normal(90 + 60 * mask, 50), 0, 255).astype(np.uint8), mask


@pytest.mark.parametrize('seed', range(5))
def test_curves_equal_a_loop_over_thresholds(seed):
    saliency, mask = random_pair(seed)
    precision, recall = precision_recall(*map_histogram(saliency, mask).by_threshold())
    stretched = (saliency / 255 - saliency.min() / 255) / (np.ptp(saliency) / 255)
    levels = (stretched * 255).astype(np.uint8)
    for threshold in range(256):
        predicted = levels >= threshold
        hits = (predicted & (mask == 1)).sum()
        assert precision[threshold] == pytest.approx(hits / max(predicted.sum(), 1), abs=1e-12)
        assert recall[threshold] == pytest.approx(hits / mask.sum(), abs=1e-12)


def test_f_score():
    assert f_score(np.float64(0.5), np.float64(0.25)) == pytest.approx(1.3 * 0.125 / 0.4)
    assert f_score(np.zeros(3), np.array([0, 0.5, 1])).tolist() == [0, 0, 0]


@pytest.mark.parametrize('seed', range(5))
def test_adaptive_threshold_is_twice_the_mean(seed):
    saliency, mask = random_pair(seed)
    stretched = (saliency / 255 - saliency.min() / 255) / (np.ptp(saliency) / 255)
    predicted = stretched >= min(2 * stretched.mean(), 1)
    hits = (predicted & (mask == 1)).sum()
    expected = f_score(hits / predicted.sum(), hits / mask.sum())
    assert adaptive_f(map_histogram(saliency, mask)) == pytest.approx(expected, abs=1e-12)


def test_adaptive_threshold_of_an_all_zero_map_is_0():
    # Everything is predicted: precision is the share of foreground, recall 1.
    mask = np.uint8([[1, 0, 0, 0]])
    expected = f_score(np.float64(0.25), np.float64(1))
    assert adaptive_f(map_histogram(np.zeros((1, 4), np.uint8), mask)) == expected


def test_empty_mask_scores_0():
    histogram = map_histogram(np.uint8([[0, 100, 255]]), np.zeros((1, 3), np.uint8))
    assert adaptive_f(histogram) == 0
    assert f_score(*precision_recall(*histogram.by_threshold())).max() == 0


def test_equals_the_reference_on_published_maps(shared):
    expected = json.loads((shared / 'data/SOD60/expected.json').read_text())
    curves = []
    assert len(expected['per_image']) == 60
    for name, scores in expected['per_image'].items():
        saliency, truth = (
            cv2.imread(str(shared / 'data/SOD60' / folder / name), cv2.IMREAD_GRAYSCALE)
            for folder in ('pred', 'gt')
        )
        histogram = map_histogram(saliency, truth > 128)
        curves.append(precision_recall(*histogram.by_threshold()))
        f_curve = f_score(*curves[-1])
        assert mae(histogram) == pytest.approx(scores['MAE'], abs=1e-12)
        assert adaptive_f(histogram) == pytest.approx(scores['adpF'], abs=1e-12)
        assert f_curve.max() == pytest.approx(scores['maxF'], abs=1e-12)
        assert f_curve.mean() == pytest.approx(scores['meanF'], abs=1e-12)
    precision, recall = np.mean(curves, axis=0)
    summary = expected['summary']['maxF_mean_pr']
    assert f_score(precision, recall).max() == pytest.approx(summary, abs=1e-12)
