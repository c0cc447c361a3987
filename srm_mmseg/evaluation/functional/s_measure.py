"""Structure measure (Fan et al., ICCV 2017)."""

from __future__ import annotations

import cv2
import numpy as np

from srm_mmseg.evaluation.functional.histogram import MapHistogram

ALPHA = 0.5
"""Weight of the object-aware term against the region-aware one."""

EPS = np.spacing(1)


def s_measure(saliency: np.ndarray, mask: np.ndarray, histogram: MapHistogram) -> float:
    """Compute S = alpha S_object + (1 - alpha) S_region with alpha = 0.5.

    S_object compares the levels inside the mask with 1 and those outside with 0, weighted by area.
    S_region cuts the image in four at the mask's centroid and averages each block's structural
    similarity, 4 x y s_xy / ((x^2 + y^2) (s_x^2 + s_y^2)) of means, variances and the covariance,
    by area; 1 where numerator and denominator are 0.

    An empty mask gives 1 - mean saliency, a full one the mean saliency. Sums are exact integers:
    a block of one grey level has a variance of 0, and no rounding decides its score.

    Args:
        saliency: Map, H x W, uint8.
        mask: Ground truth, H x W, {0, 1} or bool.
        histogram: ``map_histogram`` of the two.

    Returns:
        S, 0 to 1, higher is better.

    Example:
        >>> from srm_mmseg.evaluation.functional import map_histogram
        >>> mask = np.zeros((8, 8), np.uint8)
        >>> mask[2:6, 2:6] = 1
        >>> round(s_measure(255 * mask, mask, map_histogram(255 * mask, mask)), 4)
        1.0
    """
    share = histogram.foreground.sum() / mask.size
    if share in (0, 1):
        counts = histogram.foreground + histogram.background
        mean = counts @ histogram.saliency / mask.size
        return float(mean if share else 1 - mean)
    of_objects = share * _object_score(histogram.foreground, histogram.saliency)
    of_objects += (1 - share) * _object_score(histogram.background, 1 - histogram.saliency)
    of_regions = _region_score(saliency, mask.astype(np.uint8, copy=False), histogram)
    return float(max(0.0, ALPHA * of_objects + (1 - ALPHA) * of_regions))


def _object_score(counts: np.ndarray, values: np.ndarray) -> float:
    """Compute O = 2 mean / (mean^2 + 1 + std) of the values in an object."""
    size = counts.sum()
    mean = counts @ values / size
    deviation = np.sqrt(counts @ (values - mean) ** 2 / max(size - 1, 1))
    return 2 * mean / (mean**2 + 1 + deviation + EPS)


def _region_score(saliency: np.ndarray, mask: np.ndarray, histogram: MapHistogram) -> float:
    """Average the similarity of the four blocks around the mask's centroid by area."""
    height, width = mask.shape
    row, column = (center + 1 for center in _centroid(mask))
    hits = cv2.multiply(saliency, mask)
    score = 0.0
    for rows in (slice(0, row), slice(row, height)):
        for columns in (slice(0, column), slice(column, width)):
            block = mask[rows, columns]
            if block.size:
                score += block.size * _similarity(
                    saliency[rows, columns], block, hits[rows, columns], histogram
                )
    return score / mask.size


def _centroid(mask: np.ndarray) -> tuple[int, int]:
    """Find the row and the column of the object's center."""
    center = []
    for axis in (1, 0):
        along = cv2.reduce(mask, axis, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel().astype(np.int64)
        center.append(round(int(along @ np.arange(len(along))) / int(along.sum())))
    return center[0], center[1]


def _similarity(
    saliency: np.ndarray, mask: np.ndarray, hits: np.ndarray, histogram: MapHistogram
) -> float:
    """Compute the structural similarity of a block of the map and of the mask."""
    size, span = mask.size, histogram.high - histogram.low
    levels, actual, products = (int(cv2.sumElems(part)[0]) for part in (saliency, mask, hits))
    squares = round(cv2.norm(saliency, cv2.NORM_L2SQR))  # an integer but for OpenCV's rounding
    map_mean = (levels - size * histogram.low) / (size * span)
    mask_mean = actual / size
    # Sums of squared deviations, times size: exact integers.
    map_spread = (size * squares - levels**2) / span**2
    mask_spread = actual * (size - actual)
    together = (size * products - levels * actual) / span
    alpha = 4 * map_mean * mask_mean * together
    beta = (map_mean**2 + mask_mean**2) * (map_spread + mask_spread)
    if alpha:
        return alpha / beta
    return 0.0 if beta else 1.0
