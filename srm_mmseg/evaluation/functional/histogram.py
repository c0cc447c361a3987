"""One pass over the pixels, from which MAE and every threshold's precision and recall follow."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class MapHistogram(NamedTuple):
    """Pixel counts of a saliency map by its 256 grey levels.

    Attributes:
        foreground: Pixels of each level inside the mask, shape 256.
        background: Pixels of each level outside the mask, shape 256.
        saliency: What each level stands for, 0 to 1, shape 256.
    """

    foreground: np.ndarray
    background: np.ndarray
    saliency: np.ndarray

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
    inside = mask.astype(bool)
    if mask.max() > 1 or mask.min() < 0:
        raise ValueError(
            f'Expected a mask of 0 and 1, but got values from {mask.min()} to {mask.max()}. '
            'Load masks with LoadSaliencyMask.'
        )
    foreground = np.bincount(saliency[inside], minlength=256)
    background = np.bincount(saliency.ravel(), minlength=256) - foreground
    return MapHistogram(foreground, background, _level_values(foreground + background, normalize))


def _level_values(counts: np.ndarray, normalize: bool) -> np.ndarray:
    """Tell what each grey level stands for, 0 to 1; levels that do not occur get 0."""
    values = np.arange(256) / 255
    present = counts > 0
    low, high = values[present][[0, -1]]
    if normalize and high != low:
        values = (values - low) / (high - low)
    return np.where(present, values, 0)
