"""Every measure, a record each: tables, best checkpoints, LaTeX and documents read it here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from srm_mmseg.evaluation import functional
from srm_mmseg.evaluation.functional import MapHistogram


class Curves(NamedTuple):
    """Averages over images at the 256 thresholds 0/255, ..., 255/255, each of shape 256."""

    precision: np.ndarray
    recall: np.ndarray
    f: np.ndarray
    e: np.ndarray


@dataclass(frozen=True)
class Measure:
    """What is to be known of a measure, and how it is computed: in one of two ways.

    Attributes:
        symbol: Its symbol in LaTeX's math.
        paper: Where it was published.
        higher_is_better: Whether a higher score is better.
        of_image: Computes a number an image, which is averaged, of its map (H x W, uint8), its mask
            (H x W, {0, 1}) and their histogram.
        of_curves: Computes it of curves that are averaged over images.
    """

    symbol: str
    paper: str
    higher_is_better: bool = True
    of_image: Callable[[np.ndarray, np.ndarray, MapHistogram], float] | None = None
    of_curves: Callable[[Curves], float] | None = None

    @property
    def rule(self) -> str:
        """What MMEngine's hooks call the better of two scores: 'greater' or 'less'."""
        return 'greater' if self.higher_is_better else 'less'

    @property
    def heading(self) -> str:
        """Its name above a column of a LaTeX table, with an arrow to the better scores."""
        arrow = r'\uparrow' if self.higher_is_better else r'\downarrow'
        return f'${self.symbol}{arrow}$'

    @property
    def best(self) -> Callable:
        """Chooses the best of several scores: ``max`` or ``min``."""
        return max if self.higher_is_better else min


F_PAPER = 'Achanta et al., CVPR 2009'
E_PAPER = 'Fan et al., IJCAI 2018'
RECORDS = {
    'MAE': Measure(
        r'\mathrm{MAE}',
        'Perazzi et al., CVPR 2012',
        higher_is_better=False,
        of_image=lambda saliency, mask, histogram: functional.mae(histogram),
    ),
    'maxF': Measure(r'F_\beta^{\max}', F_PAPER, of_curves=lambda curves: curves.f.max()),
    'maxF_pr': Measure(
        r'F_\beta^{\mathrm{pr}}',
        F_PAPER,
        of_curves=lambda curves: functional.f_score(curves.precision, curves.recall).max(),
    ),
    'meanF': Measure(r'F_\beta^{\mathrm{mean}}', F_PAPER, of_curves=lambda curves: curves.f.mean()),
    'adpF': Measure(
        r'F_\beta^{\mathrm{adp}}',
        F_PAPER,
        of_image=lambda saliency, mask, histogram: functional.adaptive_f(histogram),
    ),
    'wF': Measure(r'F_\beta^{w}', 'Margolin et al., CVPR 2014', of_image=functional.weighted_f),
    'Sm': Measure(r'S_\alpha', 'Fan et al., ICCV 2017', of_image=functional.s_measure),
    'maxE': Measure(r'E_\xi^{\max}', E_PAPER, of_curves=lambda curves: curves.e.max()),
    'meanE': Measure(r'E_\xi^{\mathrm{mean}}', E_PAPER, of_curves=lambda curves: curves.e.mean()),
    'adpE': Measure(
        r'E_\xi^{\mathrm{adp}}',
        E_PAPER,
        of_image=lambda saliency, mask, histogram: functional.adaptive_e(histogram),
    ),
}
"""By name, in the order of tables."""

MEASURES = tuple(RECORDS)


def measure_of(key: str) -> Measure | None:
    """Find the measure of a score's key, such as ``ECSSD/S1/MAE``; None if it is none of ours."""
    return RECORDS.get(key.rpartition('/')[2])
