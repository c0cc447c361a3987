"""One pass over the pixels, from which MAE and every threshold's P, R, F and E follow."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

EXACT_IN_FLOAT32 = 2**24  # pixels that OpenCV's float32 histogram counts exactly


class MapHistogram(NamedTuple):
    """Pixel counts of a saliency map by its 256 grey levels.

    Attributes:
        foreground: Pixels of each level inside the mask, shape 256.
        background: Pixels of each level outside the mask, shape 256.
        saliency: What each level stands for, 0 to 1, shape 256; 0 for levels that do not occur.
        low: The level that stands for 0.
        high: The level that stands for 1.

    Example:
        >>> histogram = map_histogram(np.uint8([[0, 255, 255]]), np.uint8([[0, 0, 1]]))
        >>> histogram.foreground[255], histogram.background[255], histogram.background[0]
        (np.int64(1), np.int64(1), np.int64(1))
    """

    foreground: np.ndarray
    background: np.ndarray
    saliency: np.ndarray
    low: int
    high: int

    def by_threshold(self) -> tuple[np.ndarray, np.ndarray]:
        """Count, inside and outside the mask, the pixels that fall to each of 256 thresholds.

        Returns:
            Two integer arrays of shape 256; entry k counts pixels with saliency * 255 in [k, k+1).
        """
        bins = (self.saliency * 255).astype(np.uint8)
        foreground, background = (
            np.bincount(bins, counts, minlength=256).astype(np.int64)
            for counts in (self.foreground, self.background)
        )
        return foreground, background

    def above_adaptive_threshold(self) -> tuple[int, int]:
        """Count, inside and outside the mask, the pixels with saliency >= min(1, 2 x its mean).

        In integers, so that no rounding decides where a level equals the threshold.
        """
        counts = self.foreground + self.background
        levels = np.arange(256) - self.low
        size = counts.sum()
        salient = levels * size >= min(2 * (counts @ levels), (self.high - self.low) * size)
        return int(self.foreground[salient].sum()), int(self.background[salient].sum())


def counts_above(counts: np.ndarray) -> np.ndarray:
    """Sum counts by threshold (... x 256) to counts of pixels at or above each threshold."""
    return counts[..., ::-1].cumsum(-1)[..., ::-1]


def map_histogram(saliency: np.ndarray, mask: np.ndarray, normalize: bool = True) -> MapHistogram:
    """Count a saliency map's grey levels inside and outside a mask.

    Args:
        saliency: Map, H x W, uint8.
        mask: Ground truth, H x W, {0, 1} or bool.
        normalize: Stretch the map's values to 0..1 (min-max), as PySODMetrics and the authors'
            test script do. A constant map stays as it is.

    Returns:
        The counts, and what each level stands for after normalisation.

    Raises:
        TypeError: If the map is not of 8 bits.
        ValueError: If the mask has other values than 0 and 1, or another shape than the map.
    """
    if saliency.dtype != np.uint8:
        raise TypeError(f'Expected a uint8 map, but got {saliency.dtype}. Call quantise() first.')
    if saliency.shape != mask.shape:
        raise ValueError(
            f'Expected the map to have the shape of the mask, {mask.shape}, but got '
            f'{saliency.shape}. Resize the map to the mask.'
        )
    if mask.max() > 1 or mask.min() < 0:
        raise ValueError(
            f'Expected a mask of 0 and 1, but got values from {mask.min()} to {mask.max()}. '
            'Load masks with LoadSaliencyMask.'
        )
    background, foreground = _count_levels(saliency, mask.astype(np.uint8, copy=False))
    present = np.flatnonzero(background + foreground)
    low, high = 0, 255
    if normalize and len(present) > 1:
        low, high = int(present[0]), int(present[-1])
    values = np.zeros(256)
    # In the reference's order of operations: a value next to a threshold rounds as there.
    values[present] = (present / 255 - low / 255) / (high / 255 - low / 255)
    return MapHistogram(foreground, background, values, low, high)


def _count_levels(saliency: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Count the pixels of each level where the mask is 0 and where it is 1, 2 x 256 integers."""
    rows = max(EXACT_IN_FLOAT32 // saliency.shape[1], 1)
    counts = np.zeros((2, 256), dtype=np.int64)
    for top in range(0, len(saliency), rows):
        strips = [mask[top : top + rows], saliency[top : top + rows]]
        counts += cv2.calcHist(strips, [0, 1], None, [2, 256], [0, 2, 0, 256]).astype(np.int64)
    return counts
