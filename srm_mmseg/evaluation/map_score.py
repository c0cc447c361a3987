"""Score a map against its mask, and average the scores of a set of images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from srm_mmseg.evaluation import functional
from srm_mmseg.evaluation.functional import MapHistogram

MEASURES = ('MAE', 'maxF', 'maxF_pr', 'meanF', 'adpF', 'wF', 'Sm', 'maxE', 'meanE', 'adpE')
"""Every measure, in the order of tables; lower is better for MAE alone."""

_OF_AN_IMAGE: dict[str, Callable[[np.ndarray, np.ndarray, MapHistogram], float]] = {
    'MAE': lambda saliency, mask, histogram: functional.mae(histogram),
    'adpF': lambda saliency, mask, histogram: functional.adaptive_f(histogram),
    'wF': functional.weighted_f,
    'Sm': functional.s_measure,
    'adpE': lambda saliency, mask, histogram: functional.adaptive_e(histogram),
}


@dataclass(frozen=True, slots=True)
class MapScore:
    """What is kept of an image: less than 4 KB, whatever its size.

    Attributes:
        thresholds: Pixels inside and outside the mask by threshold, 2 x 256, int32.
        scalars: The measures that are averages of one number an image.

    Example:
        >>> mask = np.uint8([[0, 1], [1, 1]])
        >>> scores, curves = average_scores([score_map(255 * mask, mask)], ['MAE', 'maxF'])
        >>> scores, curves.recall.shape
        ({'MAE': 0.0, 'maxF': 1.0}, (256,))
    """

    thresholds: np.ndarray
    scalars: dict[str, float]


class Curves(NamedTuple):
    """Averages over images at the 256 thresholds 0/255, ..., 255/255, each of shape 256."""

    precision: np.ndarray
    recall: np.ndarray
    f: np.ndarray
    e: np.ndarray


def check_measures(measures: str | Iterable[str]) -> tuple[str, ...]:
    """Put the names of measures, or of one, in the order of :data:`MEASURES`.

    Raises:
        ValueError: If there is none, or one that is not in :data:`MEASURES`.
    """
    chosen = {measures} if isinstance(measures, str) else set(measures)
    if not chosen or chosen - set(MEASURES):
        raise ValueError(
            f'Expected measures out of {", ".join(MEASURES)}, but got '
            f'{", ".join(sorted(chosen - set(MEASURES))) or "none"}.'
        )
    return tuple(name for name in MEASURES if name in chosen)


def score_map(
    saliency: np.ndarray,
    mask: np.ndarray,
    normalize: bool = True,
    measures: Sequence[str] = MEASURES,
) -> MapScore:
    """Score an 8-bit map.

    Args:
        saliency: Map, H x W, uint8.
        mask: Ground truth, H x W, {0, 1}.
        normalize: Stretch the map's values to 0..1 (min-max) first.
        measures: What will be asked of :func:`average_scores`; others are not computed.

    Raises:
        TypeError: If the map is not of 8 bits.
        ValueError: If the mask has other values than 0 and 1, or another shape than the map.
    """
    histogram = functional.map_histogram(saliency, mask, normalize)
    return MapScore(
        np.array(histogram.by_threshold(), dtype=np.int32),
        {
            name: compute(saliency, mask, histogram)
            for name, compute in _OF_AN_IMAGE.items()
            if name in measures
        },
    )


def average_scores(
    scores: Sequence[MapScore], measures: Sequence[str] = MEASURES
) -> tuple[dict[str, float], Curves]:
    """Average over images, and only then take the maximum over thresholds.

    Args:
        scores: One an image, at least one.
        measures: What to compute, of those that the images were scored for.

    Returns:
        The measures by name, and the averaged curves.
    """
    total = np.zeros((4, 256))
    for foreground, background in (score.thresholds for score in scores):
        precision, recall = functional.precision_recall(foreground, background)
        f = functional.f_score(precision, recall)
        total += precision, recall, f, functional.e_curve(foreground, background)
    curves = Curves(*total / len(scores))
    of_curves = {
        'maxF': curves.f.max(),
        'maxF_pr': functional.f_score(curves.precision, curves.recall).max(),
        'meanF': curves.f.mean(),
        'maxE': curves.e.max(),
        'meanE': curves.e.mean(),
    }
    return {
        name: float(
            of_curves[name]
            if name in of_curves
            else np.mean([score.scalars[name] for score in scores])
        )
        for name in measures
    }, curves
