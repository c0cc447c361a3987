"""Enhanced-alignment measure (Fan et al., IJCAI 2018)."""

from __future__ import annotations

import numpy as np

from srm_mmseg.evaluation.functional.histogram import MapHistogram, counts_above

EPS = np.spacing(1)


def e_score(
    true_positives: np.ndarray | int, false_positives: np.ndarray | int, actual: int, size: int
) -> np.ndarray | float:
    """Compute the E-measure of binary maps from their pixel counts.

    With phi = value - mean over the image, for the map and for the mask, the alignment of a pixel
    is xi = 2 phi_map phi_mask / (phi_map^2 + phi_mask^2), and E = sum (1 + xi)^2 / 4 / (size - 1).
    There are four kinds of pixels only, so that counts suffice. With an empty mask the sum is the
    number of pixels not predicted, with a full one of those predicted.

    Args:
        true_positives: Predicted pixels inside the mask, any shape.
        false_positives: Predicted pixels outside the mask, same shape.
        actual: Pixels of the mask.
        size: Pixels of the image.

    Returns:
        E, same shape, 0 to size / (size - 1): a little above 1 for small images, 1.0005 at 2,000
        pixels. Of an image of one pixel 0 to 1.
    """
    predicted = true_positives + false_positives
    # Note: the paper divides by size; its authors' code and every published table by one less.
    divisor = max(size - 1, 1) + EPS
    if actual == 0:
        return (size - predicted) / divisor
    if actual == size:
        return predicted / divisor
    map_mean, mask_mean = predicted / size, actual / size
    false_negatives = actual - true_positives
    kinds = (
        (true_positives, 1 - map_mean, 1 - mask_mean),
        (false_positives, 1 - map_mean, -mask_mean),
        (false_negatives, -map_mean, 1 - mask_mean),
        (size - predicted - false_negatives, -map_mean, -mask_mean),
    )
    total = 0.0
    for count, map_phi, mask_phi in kinds:
        xi = 2 * map_phi * mask_phi / (map_phi**2 + mask_phi**2 + EPS)
        total = total + count * (1 + xi) ** 2 / 4
    return total / divisor


def e_curve(foreground: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Compute the E-measure at the 256 thresholds 0/255, ..., 255/255.

    Args:
        foreground: Pixels inside the mask by threshold, shape 256
            (``MapHistogram.by_threshold``).
        background: Pixels outside the mask by threshold, shape 256.

    Returns:
        E at each threshold, shape 256, 0 to size / (size - 1).
    """
    actual = int(foreground.sum())
    size = actual + int(background.sum())
    return np.asarray(e_score(counts_above(foreground), counts_above(background), actual, size))


def adaptive_e(histogram: MapHistogram) -> float:
    """Compute the E-measure at the adaptive threshold min(1, 2 x mean saliency).

    Args:
        histogram: The map's levels inside and outside the mask.

    Returns:
        E, higher is better.

    Example:
        >>> from srm_mmseg.evaluation.functional import map_histogram
        >>> mask = np.uint8([[0, 1], [1, 1]])
        >>> round(adaptive_e(map_histogram(255 * mask, mask)), 4)  # 4 / (4 - 1): see e_score
        1.3333
    """
    hits, false_alarms = histogram.above_adaptive_threshold()
    actual = int(histogram.foreground.sum())
    return float(e_score(hits, false_alarms, actual, actual + int(histogram.background.sum())))
