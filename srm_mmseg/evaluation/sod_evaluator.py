"""Let a config name ``SODMetric`` with its ``metrics`` where the toolbox wants an evaluator."""

from __future__ import annotations

from typing import Any

from mmengine.evaluator import Evaluator
from mmseg.registry import EVALUATOR

from srm_mmseg.evaluation.sod_metric import SODMetric


@EVALUATOR.register_module(name='SODMetric')
def sod_evaluator(**arguments: Any) -> Evaluator:
    """Build an evaluator of one ``SODMetric``.

    The toolbox takes a dict with a key ``metrics`` for an evaluator's, not for a metric's:
    ``val_evaluator = dict(type='SODMetric', metrics=['MAE', 'Sm'])`` is built here.

    Args:
        arguments: Those of :class:`~srm_mmseg.evaluation.sod_metric.SODMetric`.

    Example:
        >>> evaluator = EVALUATOR.build(dict(type='SODMetric', metrics=['MAE', 'Sm']))
        >>> evaluator.metrics[0].metrics
        ('MAE', 'Sm')
    """
    return Evaluator(SODMetric(**arguments))


def sod_metrics_of(evaluator: dict | list) -> list[dict]:
    """Find the configs of ``SODMetric`` in an evaluator's.

    Args:
        evaluator: As in a config: a metric, a list of them, or an ``Evaluator`` with ``metrics``.

    Returns:
        The configs themselves, so that a change of them is one of the evaluator.
    """
    if isinstance(evaluator, (list, tuple)):
        return [found for one in evaluator for found in sod_metrics_of(one)]
    if not isinstance(evaluator, dict):
        return []
    kind = evaluator.get('type')
    if kind is SODMetric or str(kind).rpartition('.')[2] == 'SODMetric':
        return [evaluator]
    return sod_metrics_of(evaluator.get('metrics', []))
