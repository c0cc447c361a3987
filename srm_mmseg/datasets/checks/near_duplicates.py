"""Find pictures that are alike but for size, compression, brightness, flips and quarter turns.

The hash of a picture is its 12 x 12 lowest DCT coefficients but for the mean. Each is divided by
what photographs have at its frequency on average, or all would be alike in the lowest ones, and
the whole is scaled to length 1: the product of two hashes is a correlation, and all products of
two sets are one matrix product. Rounding coefficients to bits, as is customary, would tell
duplicates from other pairs less well and save nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

FREQUENCIES = 12
SIMILAR = 0.8  # of ECSSD, other pairs reach 0.59; resized, recompressed, flipped ones have 0.98
FLATTEST = 1.0  # grey levels; a picture with less contrast has no hash
ROWS = 512  # of a block of the similarity matrix

TURNS = ('', ', turned by 90 degrees', ', turned by 180 degrees', ', turned by 270 degrees')
VIEWS = [(is_mirrored, turns) for is_mirrored in (False, True) for turns in range(4)]


class Match(NamedTuple):
    """Two pictures that are alike.

    Attributes:
        row: Index of the first picture.
        column: Index of the second.
        similarity: Correlation of their hashes.
        view: Index in ``VIEWS`` of the change that makes the second like the first.
    """

    row: int
    column: int
    similarity: float
    view: int


def apply_view(pictures: np.ndarray, view: int) -> np.ndarray:
    """Mirror and turn pictures, ... x S x S."""
    is_mirrored, turns = VIEWS[view]
    mirrored = pictures[..., ::-1] if is_mirrored else pictures
    return np.rot90(mirrored, turns, axes=(-2, -1))


def describe_view(view: int) -> str:
    """Name a view, as a continuation of a sentence; '' for the picture as it is."""
    is_mirrored, turns = VIEWS[view]
    return (', mirrored' if is_mirrored else '') + TURNS[turns]


def hashes(thumbnails: np.ndarray) -> np.ndarray:
    """Hash pictures.

    Args:
        thumbnails: N x S x S, grey.

    Returns:
        N x 143, float32, each of length 1, or all 0 for a picture without contrast.
    """
    side = thumbnails.shape[-1]
    frequency = np.arange(FREQUENCIES)
    basis = np.cos(np.pi * frequency[:, None] * (2 * np.arange(side) + 1) / (2 * side))
    basis *= np.sqrt(2 / side) * np.where(frequency, 1, np.sqrt(0.5))[:, None]
    coefficients = basis @ thumbnails.astype(np.float32) @ basis.T
    coefficients *= 1 + np.hypot(frequency[:, None], frequency)
    flat = coefficients.reshape(-1, FREQUENCIES**2)[:, 1:].astype(np.float32)
    contrast = thumbnails.std(axis=(1, 2))[:, None]
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.where(contrast < FLATTEST, 0, flat / np.maximum(length, 1e-6)).astype(np.float32)


def matches_between(first: np.ndarray, second: np.ndarray) -> list[Match]:
    """Find all pictures of two sets that are alike.

    Args:
        first: Thumbnails, N x S x S; the rows of the matches.
        second: Thumbnails, M x S x S; the columns.
    """
    found = []
    for start, similarity, view in _blocks(first, second):
        for row, column in np.argwhere(similarity >= SIMILAR):
            found.append(_match(start, int(row), int(column), similarity, view))
    return found


def earlier_matches(thumbnails: np.ndarray) -> list[Match]:
    """Find, for each picture of a set, the most similar one of those before it.

    Args:
        thumbnails: N x S x S.

    Returns:
        A match for each picture (row) that has one (column, < row).
    """
    found = []
    for start, similarity, view in _blocks(thumbnails, thumbnails):
        similarity = np.tril(similarity, start - 1)
        best = similarity.argmax(axis=1)
        for row in np.flatnonzero(similarity.max(axis=1) >= SIMILAR):
            found.append(_match(start, int(row), int(best[row]), similarity, view))
    return found


def _match(start: int, row: int, column: int, similarity: np.ndarray, view: np.ndarray) -> Match:
    """Describe a cell of a block that begins at row ``start``."""
    value = float(similarity[row, column])
    return Match(start + row, column, value, int(view[row, column]))


def _blocks(first: np.ndarray, second: np.ndarray) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Yield each block of rows: where it starts, the highest similarity and its view."""
    if not len(first) or not len(second):
        return
    rows = hashes(first)
    columns = [hashes(apply_view(second, view)).T for view in range(len(VIEWS))]
    for start in range(0, len(rows), ROWS):
        block = rows[start : start + ROWS]
        best = block @ columns[0]
        best_view = np.zeros(best.shape, np.int8)
        for view, hashed in enumerate(columns[1:], start=1):
            similarity = block @ hashed
            is_better = similarity > best
            best[is_better] = similarity[is_better]
            best_view[is_better] = view
        yield start, best, best_view
