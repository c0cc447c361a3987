"""Maps as arrays: resized, and turned into probabilities; needs numpy alone."""

from __future__ import annotations

import numpy as np

BLOCK = 64  # rows that are resized at once, so that they stay in the cache


def resize(maps: np.ndarray, size: tuple[int, int], align_corners: bool) -> np.ndarray:
    """Resize maps bilinearly, ... x h x w to ... x H x W."""
    (height, width), (rows, columns) = maps.shape[-2:], size
    above, below, down = neighbours(height, rows, align_corners)
    left, right, across = neighbours(width, columns, align_corners)
    resized = np.empty((*maps.shape[:-2], rows, columns), np.float32)
    for top in range(0, rows, BLOCK):
        some = slice(top, top + BLOCK)
        tall = between(maps[..., above[some], :], maps[..., below[some], :], down[some, None])
        # `take` with indices that are clipped is several times as fast as `tall[..., left]`.
        start, end = (tall.take(ends, axis=-1, mode='clip') for ends in (left, right))
        resized[..., some, :] = between(start, end, across)
    return resized


def neighbours(
    old: int, new: int, align_corners: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find the two old pixels of an axis that each new one lies between, and how far it is on the way."""
    pixels = np.arange(new)
    if align_corners:
        places = pixels * ((old - 1) / max(new - 1, 1))
    else:
        places = ((pixels + 0.5) * (old / new) - 0.5).clip(0, old - 1)
    low = places.astype(int).clip(max=old - 1)
    return low, (low + 1).clip(max=old - 1), (places - low).astype(np.float32)


def between(start: np.ndarray, end: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Go a share of the way from start to end."""
    step = end - start
    step *= share
    return np.add(start, step, out=step)


def probability(log_odds: np.ndarray) -> np.ndarray:
    """Turn log-odds of the foreground into its probability: the sigmoid, without overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * log_odds)
