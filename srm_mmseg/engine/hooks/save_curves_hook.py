"""Save the curves behind the scores with the run."""

from __future__ import annotations

import json
from pathlib import Path

from mmengine.evaluator import Evaluator
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from srm_mmseg.evaluation.curve_plots import save_curve_plots
from srm_mmseg.evaluation.measures import Curves
from srm_mmseg.evaluation.sod_metric import SODMetric
from srm_mmseg.file_errors import writing


def evaluated_curves(evaluator: Evaluator | SODMetric) -> dict[str, Curves]:
    """Collect the curves of the last evaluation by data set; there are some in the main process."""
    metrics = [evaluator] if isinstance(evaluator, SODMetric) else evaluator.metrics
    return {
        '/'.join(filter(None, (metric.prefix, data_set))) or 'images': curves
        for metric in metrics
        if isinstance(metric, SODMetric)
        for data_set, curves in metric.curves.items()
    }


@HOOKS.register_module()
class SaveCurvesHook(Hook):
    """Save precision, recall, F and E by threshold after each validation and test.

    Numbers go to ``curves/val_ITERATION.json`` and ``curves/test.json`` in the run's log folder, by
    data set and then by ``precision``, ``recall``, ``f`` and ``e``, each of the 256 thresholds
    0/255, ..., 255/255. A test also leaves the curves as pictures.

    Example:
        >>> import numpy as np
        >>> hook = HOOKS.build(dict(type='SaveCurvesHook'))
        >>> metric = SODMetric()
        >>> metric.curves['ECSSD'] = Curves(*np.zeros((4, 256)))  # as after an evaluation
        >>> list(evaluated_curves(metric))
        ['ECSSD']
    """

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Save the numbers of a validation."""
        self._save(runner, runner.val_evaluator, f'val_{runner.iter}')

    def after_test_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Save the numbers and the pictures of a test."""
        curves = self._save(runner, runner.test_evaluator, 'test')
        if curves:
            save_curve_plots(curves, Path(runner.log_dir, 'curves'))

    def _save(
        self, runner: Runner, evaluator: Evaluator | SODMetric, name: str
    ) -> dict[str, Curves]:
        """Write the curves of the evaluator's metrics, if there are some, and return them."""
        curves = evaluated_curves(evaluator)
        if curves:
            path = Path(runner.log_dir, 'curves', f'{name}.json')
            path.parent.mkdir(parents=True, exist_ok=True)
            numbers = {
                data_set: {key: values.tolist() for key, values in each._asdict().items()}
                for data_set, each in curves.items()
            }
            with writing(path):
                path.write_text(json.dumps(numbers))
        return curves
