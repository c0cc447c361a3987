"""Every measure equals PySODMetrics: on published maps, on its own samples and on random ones."""

import json
import warnings
from fractions import Fraction

import cv2
import numpy as np
import pytest
from helpers import reference_scores
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from srm_mmseg.evaluation import functional
from srm_mmseg.evaluation.functional import map_histogram, s_measure

pytest.importorskip('py_sod_metrics', reason='pip install --no-deps pysodmetrics==1.6.2')


def our_scores(saliency, mask):
    """Compute every measure of one image, curves from threshold 0 to 255."""
    histogram = map_histogram(saliency, mask)
    precision, recall = functional.precision_recall(*histogram.by_threshold())
    return {
        'MAE': functional.mae(histogram),
        'precision': precision,
        'recall': recall,
        'F': functional.f_score(precision, recall),
        'adpF': functional.adaptive_f(histogram),
        'wF': functional.weighted_f(saliency, mask, histogram),
        'Sm': functional.s_measure(saliency, mask, histogram),
        'E': functional.e_curve(*histogram.by_threshold()),
        'adpE': functional.adaptive_e(histogram),
    }


def is_tied(saliency):
    """Tell whether a level equals the adaptive threshold: the reference's rounding decides."""
    levels = saliency.astype(np.int64) - (saliency.min() if np.ptp(saliency) else 0)
    threshold = 2 * int(levels.sum())
    return bool(threshold) and bool((levels * levels.size == threshold).any())


def quadrants(saliency, mask):
    """Cut a pair in four at the mask's centroid, as S-measure does."""
    row, column = (int(center) + 1 for center in np.argwhere(mask).mean(axis=0).round())
    for rows in (slice(0, row), slice(row, None)):
        for columns in (slice(0, column), slice(column, None)):
            yield saliency[rows, columns], mask[rows, columns]


def is_degenerate(saliency, mask):
    """Tell whether a block is empty or of one grey level, not 0 or 1, before a constant mask."""
    if mask.min() == mask.max():
        return False
    ends = (saliency.min(), saliency.max()) if np.ptp(saliency) else (0, 255)
    return any(
        not block.size
        or (
            block.min() == block.max()
            and inside.min() == inside.max()
            and block.flat[0] not in ends
        )
        for block, inside in quadrants(saliency, mask)
    )


def exact_region_score(saliency, mask):
    """Compute S_region in fractions."""
    low, high = (int(saliency.min()), int(saliency.max())) if np.ptp(saliency) else (0, 255)
    score = Fraction(0)
    for block, inside in quadrants(saliency, mask):
        values = [Fraction(int(level) - low, high - low) for level in block.flat]
        truth = [Fraction(int(t)) for t in inside.flat]
        n = len(values)
        if n == 0:
            continue
        x, y = sum(values) / n, sum(truth) / n
        spread = sum((v - x) ** 2 for v in values) + sum((t - y) ** 2 for t in truth)
        alpha = 4 * x * y * sum((v - x) * (t - y) for v, t in zip(values, truth))
        beta = (x**2 + y**2) * spread
        score += n * (alpha / beta if alpha else Fraction(beta == 0))
    return float(score / mask.size)


shapes = st.tuples(st.integers(2, 24), st.integers(2, 24))


@st.composite
def maps(draw, shape):
    """Draw noise, maps of few levels, constant maps and smooth ones."""
    kind = draw(st.sampled_from(['noise', 'few levels', 'constant', 'smooth']))
    if kind == 'constant':
        return np.full(shape, draw(st.integers(0, 255)), np.uint8)
    levels = st.sampled_from([0, 3, 128, 255]) if kind == 'few levels' else st.integers(0, 255)
    saliency = draw(arrays(np.uint8, shape, elements=levels))
    return cv2.GaussianBlur(saliency, (5, 5), 2) if kind == 'smooth' else saliency


@st.composite
def masks(draw, shape):
    """Draw grey masks, rectangles, single pixels, empty masks and full ones."""
    kind = draw(st.sampled_from(['grey', 'box', 'pixel', 'empty', 'full']))
    if kind == 'grey':
        return draw(arrays(np.uint8, shape))
    mask = np.full(shape, 255 * (kind == 'full'), np.uint8)
    top, left = draw(st.integers(0, shape[0] - 1)), draw(st.integers(0, shape[1] - 1))
    if kind == 'pixel':
        mask[top, left] = 255
    elif kind == 'box':
        mask[top : draw(st.integers(top, shape[0])) + 1, left:] = 255
    return mask


pairs = shapes.flatmap(lambda shape: st.tuples(maps(shape), masks(shape)))


@settings(max_examples=400, deadline=None, derandomize=True)
@given(pairs)
def test_random_pairs(pair):
    saliency, truth = pair
    mask = (truth > 128).astype(np.uint8)
    ours = our_scores(saliency, mask)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        reference = reference_scores(saliency, truth)
    skipped = {'adpF', 'adpE'} if is_tied(saliency) else set()
    if is_degenerate(saliency, mask):
        skipped.add('Sm')
    for name in ours.keys() - skipped:
        np.testing.assert_allclose(ours[name], reference[name], atol=1e-6, rtol=0, err_msg=name)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(pairs)
def test_regions_are_exact(pair):
    saliency, truth = pair
    mask = (truth > 128).astype(np.uint8)
    if mask.min() == mask.max():
        return
    histogram = map_histogram(saliency, mask)
    of_objects = sum(
        share * 2 * x.mean() / (x.mean() ** 2 + 1 + (x.std(ddof=1) if x.size > 1 else 0))
        for x, share in (
            (histogram.saliency[saliency][mask == 1], mask.mean()),
            (1 - histogram.saliency[saliency][mask == 0], 1 - mask.mean()),
        )
    )
    expected = max(0, 0.5 * of_objects + 0.5 * exact_region_score(saliency, mask))
    assert s_measure(saliency, mask, histogram) == pytest.approx(expected, abs=1e-7)


# Where we differ on purpose: the reference divides 0 by 0 or lets a rounding error decide.


def test_object_at_the_last_column():
    """Its right blocks are empty: PySODMetrics gives NaN, ours leaves them out."""
    mask = np.zeros((6, 6), np.uint8)
    mask[2:4, 5] = 1
    saliency = mask * np.uint8(200) + np.uint8(10)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        assert np.isnan(reference_scores(saliency, mask * np.uint8(255))['Sm'])
    assert s_measure(saliency, mask, map_histogram(saliency, mask)) == pytest.approx(1, abs=1e-12)


def test_block_of_one_grey_level_before_a_constant_mask():
    """Variances are 0, so that the block scores 1; in PySODMetrics the mean's rounding decides."""
    mask = np.zeros((23, 29), np.uint8)
    mask[11, 14] = 1  # the other three blocks are background
    differences = []
    for level in range(1, 255):
        saliency = np.where(mask, np.uint8(255), np.uint8(level))
        saliency[0, 0] = 0
        ours = s_measure(saliency, mask, map_histogram(saliency, mask))
        differences.append(ours - reference_scores(saliency, mask * np.uint8(255))['Sm'])
    # Either the reference finds a variance of exactly 0 as well, or the block loses its weight.
    assert min(differences) > -1e-6
    assert 0 < sum(difference > 0.05 for difference in differences) < 254


def test_level_that_equals_the_adaptive_threshold():
    """It counts as predicted; in PySODMetrics the rounding of the mean decides."""
    saliency = np.uint8([[24, 18, 36, 60, 66, 12]])  # less 12: twice the mean is 48, as 60 is
    mask = np.uint8([[0, 0, 0, 1, 0, 0]])
    assert our_scores(saliency, mask)['adpF'] == pytest.approx(1.3 * 0.5 / (0.3 * 0.5 + 1))
    assert reference_scores(saliency, mask * np.uint8(255))['adpF'] == 0


# Published maps, and the reference's own samples.


def read_pair(prediction, truth):
    saliency, grey = (cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in (prediction, truth))
    return saliency, (grey > 128).astype(np.uint8), grey


def test_every_published_map(shared):
    folder = shared / 'data/SOD60'
    expected = json.loads((folder / 'expected.json').read_text())['per_image']
    assert len(expected) == 60
    for name, scores in expected.items():
        saliency, mask, truth = read_pair(folder / 'pred' / name, folder / 'gt' / name)
        ours = our_scores(saliency, mask)
        found = {
            'Smeasure': ours['Sm'],
            'wFmeasure': ours['wF'],
            'maxF': ours['F'].max(),
            'meanF': ours['F'].mean(),
            'maxE': ours['E'].max(),
            'meanE': ours['E'].mean(),
            **{key: ours[key] for key in ('MAE', 'adpF', 'adpE')},
        }
        assert found == pytest.approx(scores, abs=1e-6), name
        reference = reference_scores(saliency, truth)
        for key in ('precision', 'recall', 'F', 'E'):
            np.testing.assert_allclose(ours[key], reference[key], atol=1e-9, err_msg=name)


def test_the_samples_of_the_reference(shared):
    folder = shared / 'data/pysodmetrics_samples'
    expected = json.loads((folder / 'expected.json').read_text())
    predictions = sorted((folder / 'preds').iterdir())
    assert len(predictions) == 3
    scores = [
        our_scores(*read_pair(path, folder / 'masks' / path.name)[:2]) for path in predictions
    ]
    f_curve, e_curve = (np.mean([s[key] for s in scores], axis=0) for key in ('F', 'E'))
    found = {
        'maxFm': f_curve.max(),
        'meanFm': f_curve.mean(),
        'maxEm': e_curve.max(),
        'meanEm': e_curve.mean(),
    }
    names = dict(Smeasure='Sm', wFmeasure='wF', MAE='MAE', adpEm='adpE', adpFm='adpF')
    found |= {name: np.mean([s[key] for s in scores]) for name, key in names.items()}
    assert found == pytest.approx(expected, abs=1e-6)
