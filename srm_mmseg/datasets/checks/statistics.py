"""Describe a data set: sizes, foreground share, centre bias, objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from srm_mmseg.datasets.checks.mask_check import THUMBNAIL_SIDE
from srm_mmseg.datasets.checks.pair_check import PairCheck


class Statistics(NamedTuple):
    """Numbers of a data set's readable masks.

    Attributes:
        sizes: Smallest, median and largest width and height, 3 x 2.
        shares: Foreground of all pixels, a number for each mask.
        mean_mask: Mean of all masks, stretched to 64 x 64, 0 to 1.
        centre_distances: Distance of each mask's centroid from the image's centre; the unit is
            that of a corner.
        objects: Connected parts, a number for each mask.
        touching: Share of masks whose foreground reaches the border.
    """

    sizes: np.ndarray
    shares: np.ndarray
    mean_mask: np.ndarray
    centre_distances: np.ndarray
    objects: np.ndarray
    touching: float


def describe(checks: Sequence[PairCheck]) -> Statistics | None:
    """Sum up the pairs of a data set; None without a readable mask."""
    masks = [check.mask for check in checks if check.mask]
    if not masks:
        return None
    thumbnails = np.stack([mask.thumbnail for mask in masks])
    sizes = np.array([mask.size for mask in masks])
    return Statistics(
        sizes=np.percentile(sizes, (0, 50, 100), axis=0, method='nearest').astype(int),
        shares=np.array([mask.share for mask in masks]),
        mean_mask=thumbnails.mean(axis=0) / 255,
        centre_distances=_centre_distances(thumbnails),
        objects=np.array([mask.objects for mask in masks]),
        touching=float(_touches_border(thumbnails).mean()),
    )


def summary(statistics: Statistics) -> dict[str, str]:
    """Word the numbers, a line each."""
    smallest, median, largest = (f'{width}x{height}' for width, height in statistics.sizes)
    shares = np.percentile(statistics.shares, (0, 25, 50, 75, 100))
    objects = statistics.objects
    counts = {'0': objects == 0, '1': objects == 1, '2': objects == 2, '3 or more': objects > 2}
    return {
        'size': f'{smallest} to {largest}, median {median} (sides taken apart)',
        'foreground share': f'mean {statistics.shares.mean():.3f}; least, quartiles, most '
        + ', '.join(f'{share:.3f}' for share in shares),
        'centre bias': f'mean distance from the centre {_mean(statistics.centre_distances):.3f} '
        '(0 centre, 1 corner)',
        'at the border': f'{statistics.touching:.1%} of the masks',
        'objects': ', '.join(f'{name}: {found.mean():.1%}' for name, found in counts.items()),
    }


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else float('nan')


def _centre_distances(thumbnails: np.ndarray) -> np.ndarray:
    """Measure how far centroids are from the centre, for each mask that has foreground."""
    mass = thumbnails.sum(axis=(1, 2), dtype=float)
    position = (np.arange(THUMBNAIL_SIDE) + 0.5) / THUMBNAIL_SIDE * 2 - 1
    with_foreground, mass = thumbnails[mass > 0], mass[mass > 0]
    x = with_foreground.sum(axis=1) @ position / mass
    y = with_foreground.sum(axis=2) @ position / mass
    return np.hypot(x, y) / np.sqrt(2)


def _touches_border(thumbnails: np.ndarray) -> np.ndarray:
    """Whether a mask has foreground in the outer cells, N bools."""
    rows, columns = thumbnails[:, (0, -1)], thumbnails[:, :, (0, -1)]
    return np.logical_or(rows.any(axis=(1, 2)), columns.any(axis=(1, 2)))
