"""Precision, recall and F-measure (Achanta et al., CVPR 2009)."""

from __future__ import annotations

import numpy as np

from srm_mmseg.evaluation.functional.histogram import MapHistogram, counts_above

BETA_SQUARED = 0.3
"""Weight of precision against recall that the field uses."""


def f_score(precision: np.ndarray | float, recall: np.ndarray | float) -> np.ndarray:
    """F = (1 + beta^2) P R / (beta^2 P + R) with beta^2 = 0.3, and 0 where P or R is 0.

    Args:
        precision: Values from 0 to 1, any shape.
        recall: Values from 0 to 1, same shape.

    Returns:
        F, same shape.

    Example:
        >>> round(float(f_score(0.9, 0.6)), 4)
        0.8069
    """
    product = (1 + BETA_SQUARED) * precision * recall
    return product / np.where(product == 0, 1, BETA_SQUARED * precision + recall)


def precision_recall(
    foreground: np.ndarray, background: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Compute precision and recall at the 256 thresholds 0/255, ..., 255/255.

    A pixel is predicted salient where saliency >= threshold.

    Args:
        foreground: Pixels inside the mask by threshold, shape ... x 256
            (``MapHistogram.by_threshold``).
        background: Pixels outside the mask by threshold, same shape.

    Returns:
        Precision and recall, each of the same shape. Both are 0 for an empty mask; precision is 0
        where nothing is predicted.
    """
    true_positives = counts_above(foreground)
    positives = true_positives + counts_above(background)
    actual = foreground.sum(-1, keepdims=True)
    return true_positives / np.maximum(positives, 1), true_positives / np.maximum(actual, 1)


def adaptive_f(histogram: MapHistogram) -> float:
    """Compute F at the adaptive threshold min(1, 2 x mean saliency).

    Args:
        histogram: The map's levels inside and outside the mask.

    Returns:
        F, 0 to 1, higher is better; 0 for an empty mask.
    """
    hits, false_alarms = histogram.above_adaptive_threshold()
    precision = hits / max(hits + false_alarms, 1)
    recall = hits / max(histogram.foreground.sum(), 1)
    return float(f_score(precision, recall))
