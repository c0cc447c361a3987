"""Maps as arrays: resized, and turned into probabilities; needs numpy alone."""

from __future__ import annotations

import numpy as np

BLOCK = 4096  # pixels of an axis that are resized at once


def resize(maps: np.ndarray, size: tuple[int, int], align_corners: bool) -> np.ndarray:
    """Resize maps bilinearly, ... x h x w to ... x H x W."""
    (height, width), (rows, columns) = maps.shape[-2:], size
    resized = np.empty((*maps.shape[:-2], rows, columns), np.float32)
    for top in range(0, rows, BLOCK):
        taller = bilinear_matrix(height, rows, align_corners, top) @ maps
        for left in range(0, columns, BLOCK):
            wider = bilinear_matrix(width, columns, align_corners, left).T
            resized[..., top : top + BLOCK, left : left + BLOCK] = taller @ wider
    return resized


def bilinear_matrix(old: int, new: int, align_corners: bool, start: int = 0) -> np.ndarray:
    """Make the matrix that resizes an axis, of at most :data:`BLOCK` new pixels x old."""
    pixels = np.arange(start, min(start + BLOCK, new))
    if align_corners:
        places = pixels * ((old - 1) / max(new - 1, 1))
    else:
        places = (pixels + 0.5) * (old / new) - 0.5
    distances = np.abs(places.clip(0, old - 1)[:, None] - np.arange(old))
    return (1 - distances).clip(min=0).astype(np.float32)


def probability(log_odds: np.ndarray) -> np.ndarray:
    """Turn log-odds of the foreground into its probability: the sigmoid, without overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * log_odds)
