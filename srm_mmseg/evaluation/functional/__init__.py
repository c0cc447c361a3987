"""Saliency measures as pure functions of arrays; they need no toolbox and no model."""

from srm_mmseg.evaluation.functional.e_measure import adaptive_e, e_curve
from srm_mmseg.evaluation.functional.f_measure import (
    BETA_SQUARED,
    adaptive_f,
    f_score,
    precision_recall,
)
from srm_mmseg.evaluation.functional.histogram import MapHistogram, map_histogram
from srm_mmseg.evaluation.functional.mae import mae
from srm_mmseg.evaluation.functional.s_measure import s_measure
from srm_mmseg.evaluation.functional.weighted_f import weighted_f
from srm_mmseg.saliency.eight_bits import quantise

__all__ = [
    'BETA_SQUARED',
    'MapHistogram',
    'adaptive_e',
    'adaptive_f',
    'e_curve',
    'f_score',
    'mae',
    'map_histogram',
    'precision_recall',
    'quantise',
    's_measure',
    'weighted_f',
]
