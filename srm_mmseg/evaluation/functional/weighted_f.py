"""Weighted F-measure (Margolin et al., CVPR 2014)."""

from __future__ import annotations

import cv2
import numpy as np

from srm_mmseg.evaluation.functional.histogram import MapHistogram

EPS = np.spacing(1)

REACH = 3
GAUSSIAN = cv2.getGaussianKernel(2 * REACH + 1, 5)
"""The paper's Gaussian along one axis, sigma = 5; it is separable."""

DECAY = float(np.log(0.5) / 5)
"""The paper's alpha. An error outside weighs 2 - exp(DECAY * distance): 1 at the object, towards 2; the
gap to 2 halves every 5 pixels."""


def _offsets_by_distance() -> np.ndarray:
    """List the (row, column) offsets of each squared length, leftmost, then topmost first.

    An object pixel within REACH rows and columns is at most a squared distance of 2 REACH^2 away.

    Returns:
        Offsets, (2 REACH^2 + 1) x 8 x 2; a shorter list repeats its last entry.
    """
    farthest = 2 * REACH**2
    side = range(-int(farthest**0.5), int(farthest**0.5) + 1)
    table = np.zeros((farthest + 1, 8, 2), dtype=np.int64)
    for squared in range(farthest + 1):
        found = [(y, x) for x in side for y in side if y * y + x * x == squared]
        if found:
            table[squared] = (found + found[-1:] * 8)[:8]
    return table


OFFSETS = _offsets_by_distance()
MARGIN = int(OFFSETS.max())


def weighted_f(saliency: np.ndarray, mask: np.ndarray, histogram: MapHistogram) -> float:
    """Compute F with beta^2 = 1 of errors weighted by where they are.

    An error inside the object counts as that of its surroundings where that is less: a Gaussian
    averages the errors, and a pixel outside lends it the error of the object's nearest pixel. An
    error outside counts 2 - exp(ln(0.5) / 5 x distance to the object) times. With these errors,
    F = 2 P R / (P + R), R = TP / object's pixels and P = TP / (TP + FP).

    The nearest pixel is looked for only where the Gaussian reaches. Of several the leftmost, then
    topmost one counts, as in SciPy's distance transform, which PySODMetrics uses. Sums are of
    float32 values; F is within 1e-6 of double precision.

    Args:
        saliency: Map, H x W, uint8.
        mask: Ground truth, H x W, {0, 1} or bool.
        histogram: ``map_histogram`` of the two.

    Returns:
        F, 0 to 1, higher is better; 0 for an empty mask.

    Example:
        >>> from srm_mmseg.evaluation.functional import map_histogram
        >>> mask = np.zeros((8, 8), np.uint8)
        >>> mask[2:6, 2:6] = 1
        >>> round(weighted_f(255 * mask, mask, map_histogram(255 * mask, mask)), 4)
        1.0
    """
    actual = int(histogram.foreground.sum())
    if actual == 0:
        return 0.0
    inside = mask.astype(np.uint8, copy=False)
    distance = cv2.distanceTransform(1 - inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    hits = actual - _dependent_error(saliency, inside, distance, histogram)
    false_alarms = _distance_weighted(saliency, distance, histogram)
    recall = hits / actual
    precision = hits / (hits + false_alarms + EPS)
    return float(2 * recall * precision / (recall + precision + EPS))


def _dependent_error(
    saliency: np.ndarray, inside: np.ndarray, distance: np.ndarray, histogram: MapHistogram
) -> float:
    """Sum the lesser of a pixel's and its surroundings' error over the object."""
    left, top, width, height = cv2.boundingRect(inside)
    box = (
        slice(max(top - REACH, 0), top + height + REACH),
        slice(max(left - REACH, 0), left + width + REACH),
    )
    # Zeros around: no offset leaves the arrays, and no error comes from outside the image.
    saliency, inside, distance = (
        cv2.copyMakeBorder(part[box], MARGIN, MARGIN, MARGIN, MARGIN, cv2.BORDER_CONSTANT)
        for part in (saliency, inside, distance)
    )
    error = cv2.LUT(saliency, (1 - histogram.saliency).astype(np.float32)) * inside
    error *= inside
    averaged = _filled_from_nearest(error, inside, distance)
    averaged = cv2.sepFilter2D(averaged, cv2.CV_32F, GAUSSIAN, GAUSSIAN)
    return cv2.sumElems(cv2.min(error, averaged, averaged))[0]


def _filled_from_nearest(error: np.ndarray, inside: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Give pixels that the Gaussian reaches from the object their nearest object pixel's error."""
    reached = cv2.dilate(inside, np.ones(2 * [2 * REACH + 1], np.uint8))
    band = np.flatnonzero((reached > 0) & (distance > 0))
    squared = np.rint(distance.ravel()[band] ** 2).astype(np.int64)
    steps = OFFSETS @ (inside.shape[1], 1)
    candidates = band[:, None] + steps[squared]
    first = inside.ravel()[candidates].argmax(axis=1)
    nearest = candidates[np.arange(len(band)), first]
    filled = error.copy()
    filled.ravel()[band] = error.ravel()[nearest]
    return filled


def _distance_weighted(
    saliency: np.ndarray, distance: np.ndarray, histogram: MapHistogram
) -> float:
    """Sum saliency outside the object, each pixel weighted by 2 - exp(DECAY x distance)."""
    near = distance * DECAY
    np.exp(near, out=near)
    near *= cv2.LUT(saliency, histogram.saliency.astype(np.float32))
    inside = histogram.foreground @ histogram.saliency  # where exp(0) = 1
    return 2 * (histogram.background @ histogram.saliency) - (cv2.sumElems(near)[0] - inside)
