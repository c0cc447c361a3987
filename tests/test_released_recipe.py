"""The released network trains by the released recipe."""

import pytest
import torch
from caffe_files import random_layers, write
from helpers import REPO, build, run
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.runner import Runner
from torch import nn

from srm_mmseg.caffe.released_layers import released_network

PIXELS = 353 * 353


@pytest.fixture(scope='module')
def config():
    return Config.fromfile(REPO / 'configs/srm_preact-r50_duts.py')


def test_rate_and_decay_of_every_kind_of_parameter(config):
    model = build(config.model)
    wrapper = build_optim_wrapper(model, config.optim_wrapper)
    groups = {id(group['params'][0]): group for group in wrapper.param_groups}
    norms = {
        f'{name}.{kind}'
        for name, module in model.named_modules()
        if isinstance(module, nn.BatchNorm2d)
        for kind in ('weight', 'bias')
    }
    # As in the release: kind of parameter -> multiplier of the rate.
    expected = dict(
        trunk_weight=1, conv1_bias=2, bn_scale=1, bn_shift=2, new_weight=10, conv7_bias=20
    )
    seen = dict.fromkeys(expected, 0)
    for name, parameter in model.named_parameters():
        if name in norms:
            kind = 'bn_shift' if name.endswith('bias') else 'bn_scale'
        elif name.startswith('backbone'):
            kind = 'conv1_bias' if name.endswith('bias') else 'trunk_weight'
        else:
            kind = 'conv7_bias' if name.endswith('bias') else 'new_weight'
        group = groups[id(parameter)]
        assert len(group['params']) == 1 and parameter.requires_grad
        assert group['lr'] == pytest.approx(1e-10 * PIXELS * expected[kind], rel=1e-12), name
        assert group['weight_decay'] == pytest.approx(5e-4 / PIXELS, rel=1e-12), name
        assert group['momentum'] == 0.99
        seen[kind] += 1
    # Convolutions of both trunks (53 and 43), conv1's biases, BatchNorms, and what is new.
    assert seen == dict(
        trunk_weight=96, conv1_bias=2, bn_scale=91, bn_shift=91, new_weight=18, conv7_bias=1
    )


def test_recipe(config):
    assert config.train_dataloader.batch_size == 1
    steps = [step['type'] for step in config.train_dataloader.dataset.pipeline]
    assert steps == ['LoadSaliencyImage', 'LoadSaliencyMask', 'Resize', 'PackSaliencyInputs']
    assert config.get('param_scheduler') is None  # a fixed rate
    assert config.optim_wrapper.optimizer.lr == pytest.approx(1.246e-5, rel=1e-3)
    assert config.test_evaluator.stretch_maps


@pytest.mark.slow
@pytest.mark.alone
def test_trains_and_resumes_from_converted_weights(tmp_path):
    layers = random_layers(released_network())
    run(
        *('python', 'tools/convert_caffe.py', write(tmp_path / 's.caffemodel', layers)),
        tmp_path / 's.pth',
    )
    run('python', 'tools/make_toy_dataset.py', tmp_path / 'toy', '--train', 4, '--test', 1)
    config = tmp_path / 'four.py'
    config.write_text(f"""
_base_ = {str(REPO / 'configs/srm_preact-r50_duts.py')!r}
toy = dict(data_root={str(tmp_path / 'toy')!r}, num_pairs=None)
loading = dict(num_workers=0, persistent_workers=False)
train_dataloader = dict(sampler=dict(shuffle=False), dataset=toy, **loading)
val_dataloader = dict(dataset=toy, **loading)
test_dataloader = val_dataloader
load_from = {str(tmp_path / 's.pth')!r}
train_cfg = dict(max_iters=20, val_interval=100)
default_hooks = dict(checkpoint=dict(interval=10, save_best=None), logger=dict(interval=1))
randomness = dict(seed=0)
""")
    train = ('python', 'tools/train.py', config, '--work-dir')
    run(*train, tmp_path / 'whole')
    run(*train, tmp_path / 'halves', '--cfg-options', 'train_cfg.max_iters=10')
    run(*train, tmp_path / 'halves', '--resume')
    whole, halves = (
        torch.load(tmp_path / name / 'iter_20.pth', weights_only=False)['state_dict']
        for name in ('whole', 'halves')
    )
    start = torch.load(tmp_path / 's.pth', weights_only=True)['state_dict']
    for key in whole:
        torch.testing.assert_close(halves[key], whole[key], atol=1e-5, rtol=1e-5)
    assert not torch.equal(start['decode_head.conv6.weight'], whole['decode_head.conv6.weight'])
    assert mean_loss(config, whole) < mean_loss(config, start)


def mean_loss(path, state_dict):
    """Average the loss of weights over the images that they were trained on."""
    config = Config.fromfile(path)
    loader = Runner.build_dataloader(config.train_dataloader)
    model = build(config.model)
    model.load_state_dict(state_dict)
    losses = []
    for _, batch in zip(range(4), loader):
        with torch.no_grad():
            data = model.data_preprocessor(batch, training=True)
            losses.append(model.parse_losses(model(**data, mode='loss'))[0].item())
    return sum(losses) / len(losses)
