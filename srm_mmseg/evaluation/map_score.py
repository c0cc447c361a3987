"""Score a map against its mask, and average the scores of a set of images."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from srm_mmseg.evaluation import functional
from srm_mmseg.evaluation.measures import MEASURES, RECORDS, Curves


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
            for name in measures
            if (compute := RECORDS[name].of_image) is not None
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
    values = {}
    for name in measures:
        of_curves = RECORDS[name].of_curves
        if of_curves is None:
            values[name] = float(np.mean([score.scalars[name] for score in scores]))
        else:
            values[name] = float(of_curves(curves))
    return values, curves
