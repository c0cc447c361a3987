"""``benchmark profile`` gives every millisecond of a step to one part of the model."""

import json
from types import SimpleNamespace

import pytest
import torch

from srm_mmseg.cli.benchmarks import profile


@pytest.mark.parametrize('dtype', ['float32', 'bfloat16'])
def test_parts_of_a_step(tmp_path, dtype):
    out = tmp_path / 'out.json'
    flags = dict(network='srm_lite0', dtype=dtype, size=65, batch=2, repeats=2)
    profile.run(SimpleNamespace(**flags, threads=torch.get_num_threads(), json=out, plot=None))
    rows = {row['part']: row for row in json.loads(out.read_text())['rows']}
    assert tuple(rows) == profile.PARTS
    assert sum(row['share'] for row in rows.values()) == pytest.approx(1)
    for part in ('master', 'refinement', 'neck', 'head', 'loss'):
        assert rows[part]['forward_ms'] > 0 and rows[part]['backward_ms'] > 0, part
    assert rows['optimizer']['forward_ms'] > 0 == rows['optimizer']['backward_ms']
    assert rows['master']['share'] > rows['head']['share']
    assert 0 <= rows['rest']['share'] < 0.3


def test_a_node_belongs_to_the_part_that_made_it():
    def event(name, start, end, number=-1):
        span = SimpleNamespace(start=start, end=end)
        return SimpleNamespace(
            name=name, time_range=span, cpu_time_total=end - start, sequence_nr=number
        )

    events = [
        *(event('neck', 0, 4000), event('aten::conv2d', 1000, 2000, 7)),
        *(event('head', 4000, 5000), event('aten::relu', 4100, 4200, 8)),
        event(f'{profile.NODE}ReluBackward0', 6000, 6500, 8),
        event(f'{profile.NODE}ConvolutionBackward0', 6500, 9500, 7),
        event(f'{profile.NODE}AddBackward0', 9500, 9600, 9),
        event('Optimizer.step#SGD.step', 9600, 9900),
    ]
    forward, backward = profile.by_part(events)
    assert (forward['neck'], forward['head'], forward['optimizer']) == (4, 1, 0.3)
    assert (backward['neck'], backward['head'], backward['rest']) == (3, 0.5, 0.1)
