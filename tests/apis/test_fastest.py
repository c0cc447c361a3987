"""The fastest way that draws nearly the same maps is found by trying, and remembered."""

import json
import time

import numpy as np
import onnx_files
import pytest

from srm_mmseg.apis import SaliencyInferencer, fastest
from srm_mmseg.apis.backend import Backend
from srm_mmseg.apis.fastest import MEMORY, MOST_DIFFERENCE, settled, try_all, ways
from srm_mmseg.apis.model_choice import ModelChoice


class Way(Backend):
    """Takes so many seconds, and draws maps of one level."""

    scale = (8, 8)

    def __init__(self, seconds, level):
        self.seconds, self.level, self.runs_on = seconds, level, f'{seconds} {level}'

    def __call__(self, images):
        time.sleep(self.seconds)
        return np.full((len(images), 1, 8, 8), self.level, np.float32)


WAYS = {
    'reference': Way(0.02, 0.5),
    'f32': Way(0.01, 0.5),
    'bf16': Way(0.002, 0.5 + 2 * MOST_DIFFERENCE),
    'slow': Way(0.03, 0.5),
}


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    return onnx_files.write(tmp_path / 'a.onnx', stages=[1, 2, 3])


@pytest.fixture
def tried(monkeypatch):
    """Fixed ways in place of the engines; the list of trials."""
    trials = []

    def open_way(choice, batch_size):
        trials.append(choice)
        return WAYS[choice.precision or 'reference']

    monkeypatch.setattr(fastest, 'open_backend', open_way)
    monkeypatch.setattr(
        fastest,
        'ways',
        lambda choice: (
            [choice._replace(precision=one) for one in (None, *WAYS)][:1]
            + [choice._replace(precision=one) for one in list(WAYS)[1:]]
        ),
    )
    return trials


def test_the_fastest_of_those_that_agree(file, tried, tmp_path):
    found = settled(ModelChoice(file, dtype='auto'), batch_size=2)
    assert (found.precision, found.dtype) == ('f32', None)  # bf16 is faster, and differs
    assert 'ms an image here (others: 0.02 0.5 ' in found.reason
    assert 'differ by 0.0000 on average from those of 0.02 0.5' in found.reason
    assert len(tried) == len(WAYS)
    assert settled(ModelChoice(file, dtype='auto'), batch_size=2) == found
    assert len(tried) == len(WAYS)  # it was remembered
    settled(ModelChoice(file, dtype='auto'), batch_size=1)
    assert len(tried) == 2 * len(WAYS)  # of another size of batches it was not


def test_another_model_of_that_name_is_tried_anew(file, tried):
    settled(ModelChoice(file, dtype='auto'))
    onnx_files.write(file, stages=[1, 2, 3], weights='b.pth')
    settled(ModelChoice(file, dtype='auto'))
    assert len(tried) == 2 * len(WAYS)


def test_the_file_that_is_given_runs(file, tried):
    """Not the one of the same content that was tried, which may be another's by now."""
    settled(ModelChoice(file, dtype='auto'))
    copy = file.with_name('b.onnx')
    copy.write_bytes(file.read_bytes())
    onnx_files.write(file, stages=[1, 2, 3], weights='b.pth')
    found = settled(ModelChoice(copy, dtype='auto'))
    assert (found.config, found.precision) == (copy, 'f32') and len(tried) == len(WAYS)


@pytest.mark.parametrize('content', ['', '[]', '{"a": 1}', '{"a": {"config": "b"}}'])
def test_a_memory_of_something_else_is_none(file, tried, tmp_path, content):
    memory = tmp_path / 'cache/srm_mmseg' / MEMORY
    memory.parent.mkdir(parents=True)
    memory.write_text(content)
    assert settled(ModelChoice(file, dtype='auto')).precision == 'f32'
    assert len(json.loads(memory.read_text())) == 1


def test_a_cache_that_cannot_be_written(file, tried, tmp_path):
    (tmp_path / 'cache').touch()
    found = settled(ModelChoice(file, dtype='auto'))
    assert found.precision == 'f32' and 'not remembered, as ' in found.reason


def test_nothing_is_tried_unless_asked_for(file, tried):
    choice = ModelChoice(file)
    assert settled(choice) == choice and not tried


def test_real_engines(file):
    found = {trial.runs_on for trial in try_all(ways(ModelChoice(file)), 2)}
    assert 'onnxruntime on CPU' in found
    inferencer = SaliencyInferencer(file, dtype='auto')
    assert inferencer.runs_on.startswith(inferencer.backend.runs_on)
    assert ' ms an image here' in inferencer.runs_on


def test_openvino_is_tried(file):
    pytest.importorskip('openvino', reason="needs OpenVINO: pip install -e '.[openvino]'")
    assert [one.precision for one in ways(ModelChoice(file))] == [None, 'f32', 'bf16']
    assert [one.precision for one in ways(ModelChoice('a.xml'))] == [None, 'f32', 'bf16']
    assert ways(ModelChoice(file, device='cuda')) == [ModelChoice(file, device='cuda')]


@pytest.mark.slow
def test_a_config_is_exported_once_for_the_engines(tmp_path, monkeypatch):
    import torch
    from helpers import build, model_config

    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    torch.save(dict(state_dict=build(model_config()).state_dict()), tmp_path / 'a.pth')
    for _ in range(2):
        inferencer = SaliencyInferencer('srm_r18_demo', tmp_path / 'a.pth', dtype='auto')
    for engine in ('PyTorch on cpu', 'PyTorch, float32 on cpu', 'onnxruntime on CPU'):
        assert engine in inferencer.runs_on
    [exported] = (tmp_path / 'cache/srm_mmseg/exported').iterdir()
    assert exported.suffix == '.onnx'
