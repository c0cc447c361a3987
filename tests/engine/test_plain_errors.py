import logging
from types import SimpleNamespace

import pytest
import torch
from helpers import model_config
from mmengine.config import Config
from mmengine.logging import MessageHub
from mmengine.optim import OptimWrapper
from mmengine.runner import EpochBasedTrainLoop, Runner
from mmseg.registry import MODELS
from torch import nn

from srm_mmseg.engine.plain_errors import plain_file_errors
from srm_mmseg.saliency.stages import chosen_stage


def end_of(action, *folders):
    with pytest.raises(SystemExit) as end, plain_file_errors(*folders):
        action()
    assert '\n' not in end.value.code
    return end.value.code


def test_an_unknown_type_is_named_with_those_like_it():
    config = model_config()
    config.decode_head.type = 'SRMHeed'
    line = end_of(lambda: MODELS.build(config))
    assert line.startswith("error: Expected the name of a model, but got 'SRMHeed'. Did you mean")
    assert 'SRMHead' in line


@pytest.mark.parametrize(
    ('key', 'value', 'reason'),
    [
        ('backbone.depth', 'foo', "'StagewiseBackbone' .*unexpected keyword argument 'depth'"),
        ('backbone.master.depth', 'foo', "'ResNet' .*invalid depth foo"),
        ('neck.in_channels', 3, "'PPMNeck' "),
        ('decode_head.stages', 3, "'SRMHead' .*stages"),
    ],
)
def test_settings_that_do_not_fit_name_their_component(key, value, reason):
    config = Config(dict(model=model_config()))
    config.merge_from_dict({f'model.{key}': value})
    import re

    assert re.search(reason, end_of(lambda: MODELS.build(config.model)))


def test_settings_of_the_runner_itself(tmp_path):
    config = Config(dict(work_dir=str(tmp_path), model=model_config(), custom_hooks=3))
    config.default_scope = 'mmseg'
    assert 'Expected settings of the config that fit' in end_of(lambda: Runner.from_cfg(config))


@pytest.mark.parametrize('groups', [[], [{'params': [0]}], [{'params': [0, 1, 2]}]])
def test_a_state_that_the_optimizer_does_not_take(groups, tmp_path):
    path = tmp_path / 'epoch_1.pth'
    runner = object.__new__(Runner)
    runner._train_loop = EpochBasedTrainLoop.__new__(EpochBasedTrainLoop)
    runner._train_loop.dataloader = SimpleNamespace(dataset=None)
    runner._randomness_cfg, runner.message_hub = {}, MessageHub('a')
    runner.param_schedulers, runner.logger = None, logging.getLogger('a')
    model = nn.Linear(2, 1)
    runner.optim_wrapper = OptimWrapper(torch.optim.SGD(model.parameters(), 0.1))
    checkpoint = dict(meta=dict(epoch=1, iter=1), message_hub=MessageHub('b').state_dict())
    checkpoint['optimizer'] = {**runner.optim_wrapper.state_dict(), 'param_groups': groups}
    runner.load_checkpoint = lambda *_, **__: checkpoint
    line = end_of(lambda: runner.resume(str(path)))
    assert str(path) in line and 'loaded state dict' in line and 'load_from=' in line


def test_a_stage_that_the_model_does_not_have():
    line = end_of(lambda: chosen_stage(dict(stage=8), 3))
    assert 'one of T = 3 stages' in line and 'as --stage 9 gives it' in line


def test_errors_elsewhere_keep_their_traceback():
    with pytest.raises(TypeError, match='a bug'), plain_file_errors():
        raise TypeError('a bug')


def test_a_log_file_on_a_full_disk_is_named():
    logger = logging.Logger('full')
    logger.addHandler(logging.FileHandler('/dev/full'))
    line = end_of(lambda: logger.warning('x'))
    assert "'/dev/full'" in line and 'free some space' in line
    logger.handlers.clear()


def test_a_full_disk_without_a_file_names_the_folders(tmp_path):
    def write():
        raise OSError(28, 'No space left on device')

    assert str(tmp_path) in end_of(write, tmp_path) or '/dev/shm' in end_of(write, tmp_path)
