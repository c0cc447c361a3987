"""One door: inference and export open the model that a run of the test does."""

import sys
from pathlib import Path

import pytest
import torch
from helpers import REPO, build, model_config
from mmengine.config import Config

from srm_mmseg.apis.torch_backend import TorchBackend
from srm_mmseg.apis.torchscript_backend import TorchScriptBackend
from srm_mmseg.cli import export
from srm_mmseg.model_file import input_size, open_model, pipelines_of_test

# What a pipeline of the data set itself, of several, or of none comes to: height and width.
OF_A_SET = """
pipeline = [dict(one) for one in _base_.test_pipeline]
pipeline[1] = dict(type='Resize', scale=(65, 97), keep_ratio=False)
test_dataloader = dict(dataset=dict(pipeline=pipeline))
"""
OF_TWO_SETS = (
    OF_A_SET.rpartition('test_dataloader')[0]
    + """
test_dataloader = dict(dataset=dict(_delete_=True, type='ConcatDataset', datasets=[
    dict(_base_.test_dataloader.dataset, pipeline=pipeline) for _ in range(2)
]))
"""
)
OF_NO_SET = """
test_pipeline = [dict(one) for one in _base_.test_pipeline]
test_pipeline[1] = dict(type='Resize', scale=(65, 97), keep_ratio=False)
test_dataloader = None
"""


@pytest.fixture(scope='module')
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp('weights') / 'w.pth'
    torch.save(dict(state_dict=build(model_config()).state_dict()), path)
    return path


def config_with(text, folder):
    path = folder / 'changed.py'
    path.write_text(f'_base_ = {str(REPO / "configs/srm_r18_demo.py")!r}\n{text}')
    return path


@pytest.mark.parametrize('text', [OF_A_SET, OF_TWO_SETS, OF_NO_SET])
def test_inference_takes_the_size_of_the_test(text, weights, tmp_path):
    assert TorchBackend(config_with(text, tmp_path), weights, 'cpu').scale == (65, 97)


def test_export_takes_the_size_of_the_test(weights, tmp_path, monkeypatch):
    config, out = config_with(OF_TWO_SETS, tmp_path), tmp_path / 'm.pt'
    flags = ('--format', 'torchscript', '--check', '65x65')
    monkeypatch.setattr(sys, 'argv', ['export', *map(str, (config, weights, out)), *flags])
    export.main()
    assert TorchScriptBackend(out).description.size == (97, 65)


def test_every_config_tells_its_size():
    paths = sorted((REPO / 'configs').glob('*.py'))
    assert REPO / 'configs/srm_r50_sod_benchmark.py' in paths
    for path in paths:
        config = Config.fromfile(path)
        width, height = config.scale
        assert input_size(config) == (height, width), path


def test_a_size_may_be_given_instead(weights, tmp_path):
    config = config_with('test_pipeline = []\ntest_dataloader = None\n', tmp_path)
    with pytest.raises(ValueError, match='pipeline.* to load, then .*--size HxW'):
        open_model(config, weights)
    assert open_model(config, weights, size=(33, 65)).size == (33, 65)


def test_data_sets_of_different_sizes_are_refused(tmp_path):
    config = Config.fromfile(config_with(OF_TWO_SETS, tmp_path))
    config.test_dataloader.dataset.datasets[0].pipeline = config.test_pipeline
    with pytest.raises(ValueError, match=r'one size.*\(97, 65\).*\(129, 129\)'):
        input_size(config)


def test_data_sets_within_others_are_found():
    inner = dict(type='RepeatDataset', times=2, dataset=dict(pipeline=[dict(type='Resize')]))
    config = Config(dict(test_dataloader=dict(dataset=dict(datasets=[inner]))))
    assert pipelines_of_test(config) == [[dict(type='Resize')]]


@pytest.mark.parametrize('stretch', [False, True])
def test_tells_whether_maps_are_stretched(stretch, weights, tmp_path):
    text = f"test_evaluator = [dict(type='SODMetric', stretch_maps={stretch})]\n"
    opened = open_model(config_with(text, tmp_path), weights)
    assert opened.stretch == stretch and opened.size == (129, 129) and not opened.model.training


def test_settings_replace_those_of_the_file(weights):
    config = Path(REPO, 'configs/srm_r18_demo.py')
    opened = open_model(config, weights, {'model.test_cfg.stage': 0})
    assert opened.model.test_cfg.stage == 0


def test_the_index_of_no_stage_is_told_when_the_model_is_opened(weights, tmp_path):
    config = config_with('model = dict(test_cfg=dict(stage=3))\n', tmp_path)
    with pytest.raises(ValueError, match='test_cfg.stage to be the index of one of T = 3'):
        TorchBackend(config, weights, 'cpu')


def test_weights_of_another_model_are_told_in_a_line(weights, tmp_path):
    torch.save({f'other.{i}': torch.zeros(1) for i in range(50)}, tmp_path / 'other.pth')
    with pytest.raises(ValueError, match=r'50 unexpected keys .*\d+ missing keys') as error:
        open_model(REPO / 'configs/srm_r18_demo.py', tmp_path / 'other.pth')
    assert len(str(error.value)) < 500 and '\n' not in str(error.value)


def test_weights_of_a_training_that_diverged_are_refused(weights, tmp_path):
    stored = torch.load(weights)
    stored['state_dict']['decode_head.conv6.weight'][:] = float('nan')
    torch.save(stored, tmp_path / 'diverged.pth')
    with pytest.raises(
        ValueError, match=r'diverged.pth.* in 1 weight \(decode_head.conv6.weight\)'
    ):
        open_model(REPO / 'configs/srm_r18_demo.py', tmp_path / 'diverged.pth')


@pytest.mark.parametrize('value', [[1, 2], torch.ones(2), 'weights'])
def test_a_file_of_something_else_than_weights_by_name(value, tmp_path):
    torch.save(value, tmp_path / 'other.pth')
    with pytest.raises(ValueError, match="by their names, but '.*other.pth' holds none"):
        open_model(REPO / 'configs/srm_r18_demo.py', tmp_path / 'other.pth')


@pytest.mark.parametrize('arguments', [('m.pt',), ('m.onnx', '--format', 'torchscript'), ('m',)])
def test_an_export_that_its_name_would_hide_is_refused(arguments, weights, monkeypatch, capsys):
    config = REPO / 'configs/srm_r18_demo.py'
    monkeypatch.setattr(sys, 'argv', ['export', str(config), str(weights), *arguments])
    with pytest.raises(SystemExit):
        export.main()
    assert 'expected a name that ends in ' in capsys.readouterr().err
