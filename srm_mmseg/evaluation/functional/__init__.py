"""Saliency measures as pure functions of arrays; they need no toolbox and no model."""

from srm_mmseg.evaluation.functional.f_measure import (
    BETA_SQUARED,
    adaptive_f,
    f_score,
    precision_recall,
)
from srm_mmseg.evaluation.functional.histogram import MapHistogram, map_histogram
from srm_mmseg.evaluation.functional.mae import mae
from srm_mmseg.evaluation.functional.saliency_map import quantise, write_map

__all__ = [
    'BETA_SQUARED',
    'MapHistogram',
    'adaptive_f',
    'f_score',
    'mae',
    'map_histogram',
    'precision_recall',
    'quantise',
    'write_map',
]
