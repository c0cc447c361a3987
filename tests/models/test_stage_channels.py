"""A config names a trunk once: the channels of neck and head follow."""

import copy

import pytest
import torch
from helpers import build, model_config

R18, R50 = dict(depth=18), dict(depth=50)


def in_channels(model):
    return model.neck.in_channels, model.decode_head.in_channels


def same(state, other):
    return state.keys() == other.keys() and all(torch.equal(state[k], other[k]) for k in state)


@pytest.mark.parametrize(
    ('depth', 'stages', 'neck', 'head'),
    [
        (18, 1, (512,), (512,)),
        (18, 2, (512, 256), (512, 32)),
        (18, 3, (512, 256, 128), (512, 32, 32)),
        (50, 3, (2048, 1024, 512), (2048, 32, 32)),
    ],
)
def test_channels_follow_from_the_trunks(depth, stages, neck, head):
    config = model_config(stages=stages)
    for trunk in filter(None, (config.backbone.master, config.backbone.refinement)):
        trunk.depth = depth
    config.neck.out_channels = 32
    assert in_channels(build(config)) == (neck, head)


def test_the_model_is_that_of_a_config_that_lists_them():
    config = model_config()
    left_out = build(config)
    config.neck.in_channels, config.decode_head.in_channels = (512, 256, 128), (512, 64, 64)
    assert same(left_out.state_dict(), build(config).state_dict())


def test_a_head_without_a_neck_asks_the_backbone():
    config = model_config()
    config.neck = None
    assert build(config).decode_head.in_channels == (512, 256, 128)


@pytest.mark.parametrize('name', ['srm_r18', 'srm_r50', 'srm_preact-r50'])
def test_asking_changes_nothing(name):
    backbone = build(model_config(name).backbone)
    backbone.train()
    before = copy.deepcopy(backbone.state_dict())
    modes = [module.training for module in backbone.modules()]
    random = torch.get_rng_state()
    assert len(backbone.stage_channels()) == 3
    assert same(before, backbone.state_dict()) and torch.equal(random, torch.get_rng_state())
    assert modes == [module.training for module in backbone.modules()]
    assert all(parameter.grad is None for parameter in backbone.parameters())


@pytest.mark.parametrize(
    ('part', 'config'), [('neck', dict(type='PPMNeck')), ('decode_head', dict(type='SRMHead'))]
)
def test_nobody_to_ask(part, config):
    build(model_config())  # a whole model before it does not answer
    with pytest.raises(ValueError, match=rf'Expected {part}.in_channels.*{part}=dict\(in_ch'):
        build(config)


def test_each_model_asks_its_own_backbone():
    first, second = model_config(), model_config(stages=1)
    backbone = build(first.backbone)  # kept, with neither neck nor head
    assert in_channels(build(second)) == ((512,), (512,))
    assert len(backbone.stage_channels()) == 3
