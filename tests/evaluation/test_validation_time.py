"""How much of a validation the metric takes."""

import time

import pytest
from helpers import REPO
from mmengine.config import Config
from mmengine.runner import Runner

from srm_mmseg.evaluation.sod_metric import SODMetric


@pytest.mark.slow
@pytest.mark.alone
def test_validating_200_photographs_spends_less_than_a_tenth_in_the_metric(
    shared, tmp_path, monkeypatch
):
    monkeypatch.setenv('SOD_DATA', str(shared / 'data'))
    config = Config.fromfile(REPO / 'configs/srm_r18_ecssd.py')
    config.work_dir = str(tmp_path)
    runner = Runner.from_cfg(config)  # random weights: only time counts here
    spent = []

    def timed(method):
        def run(*args, **kwargs):
            start = time.perf_counter()
            result = method(*args, **kwargs)
            spent.append(time.perf_counter() - start)
            return result

        return run

    monkeypatch.setattr(SODMetric, 'process', timed(SODMetric.process))
    monkeypatch.setattr(SODMetric, 'compute_metrics', timed(SODMetric.compute_metrics))
    start = time.perf_counter()
    runner.test()
    whole = time.perf_counter() - start
    print(f'metric: {sum(spent):.2f} of {whole:.2f} s, {sum(spent) / whole:.1%}')
    assert len(spent) == 201
    assert sum(spent) < 0.1 * whole
