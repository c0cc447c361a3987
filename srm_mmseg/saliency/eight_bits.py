"""The 8-bit map: what is scored and what is written to disk are the same numbers."""

from __future__ import annotations

import numpy as np

BLOCK = 1 << 18  # pixels that are rounded at once, so that they stay in the cache


def quantise(probability: np.ndarray) -> np.ndarray:
    """Round a saliency map to 8 bits.

    Args:
        probability: Map, H x W, 0 to 1.

    Returns:
        Map, H x W, uint8, 0 to 255.

    Raises:
        ValueError: If a value is not in [0, 1].
    """
    low, high = probability.min(), probability.max()
    if not (low >= 0 and high <= 1):
        raise ValueError(
            f'Expected a saliency map in [0, 1], but got values from {low} to {high}. '
            'NaN means that training diverged: lower the learning rate.'
        )
    flat, levels = probability.reshape(-1), np.empty(probability.size, np.uint8)
    for start in range(0, flat.size, BLOCK):
        levels[start : start + BLOCK] = np.rint(flat[start : start + BLOCK] * 255)
    return levels.reshape(probability.shape)
