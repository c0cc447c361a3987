import pytest
import torch
import torch.nn.functional as F
from helpers import build
from mmengine.config import Config
from torch import nn

TINY = dict(type='PreActResNet', depth=50, base_channels=4)


def test_sizes_and_channels():
    trunk = build(dict(TINY, out_indices=(0, 1, 2, 3))).eval()
    with torch.no_grad():
        taps = trunk(torch.rand(2, 3, 97, 97) * 255)
    assert [tuple(tap.shape) for tap in taps] == [
        (2, 16, 25, 25),
        (2, 32, 13, 13),
        (2, 64, 7, 7),
        (2, 128, 4, 4),
    ]
    assert all(tap.min() == 0 for tap in taps)  # after a ReLU


def by_hand(trunk, image):
    """Compute C2 as the release does, step by step."""

    def norm(x, bn):
        scale, shift, mean, variance = (
            numbers[:, None, None]
            for numbers in (bn.weight, bn.bias, bn.running_mean, bn.running_var)
        )
        return (x - mean) / (variance + 1e-5).sqrt() * scale + shift

    def active(x, bn):
        return F.relu(norm(x, bn))

    x = F.conv2d(norm(image, trunk.input_bn), trunk.conv1.weight, trunk.conv1.bias, 2, 3)
    x = F.max_pool2d(active(x, trunk.bn1), 3, 2, 1)
    first, *others = trunk.layers[0]
    inner = active(F.conv2d(x, first.conv1.weight), first.bn2)
    x = F.conv2d(
        active(F.conv2d(inner, first.conv2.weight, padding=1), first.bn3), first.conv3.weight
    ) + F.conv2d(inner, first.projection.weight)
    for unit in others:
        inner = active(F.conv2d(active(x, unit.bn1), unit.conv1.weight), unit.bn2)
        inner = active(F.conv2d(inner, unit.conv2.weight, padding=1), unit.bn3)
        x = x + F.conv2d(inner, unit.conv3.weight)
    return active(x, trunk.norms[0])


def test_first_layer_computes_what_the_release_does():
    trunk = build(dict(TINY, num_stages=1, out_indices=(0,))).eval()
    for module in trunk.modules():
        if isinstance(module, nn.BatchNorm2d):
            for numbers in (module.running_mean, module.running_var, module.weight, module.bias):
                nn.init.uniform_(numbers, 0.5, 1.5)
    trunk.double()
    image = torch.rand(1, 3, 65, 65, dtype=torch.double) * 255
    with torch.no_grad():
        torch.testing.assert_close(trunk(image)[0], by_hand(trunk, image))


def test_statistics_are_frozen_in_training_and_scales_are_learned():
    trunk = build(TINY).train()
    before = {name: buffer.clone() for name, buffer in trunk.named_buffers()}
    trunk(torch.rand(2, 3, 65, 65) * 255)[0].sum().backward()
    assert all(torch.equal(before[name], buffer) for name, buffer in trunk.named_buffers())
    assert all(parameter.grad is not None for parameter in trunk.parameters())
    moving = build(dict(TINY, norm_eval=False)).train()
    moving(torch.rand(2, 3, 65, 65) * 255)
    assert moving.input_bn.running_mean.abs().max() > 1


def test_bad_arguments():
    with pytest.raises(ValueError, match=r'depth to be one of \[50, 101, 152\], but got 18'):
        build(dict(type='PreActResNet', depth=18))
    for taps in ((3,), (-1,), ()):
        with pytest.raises(ValueError, match='from 0 to below num_stages = 3'):
            build(dict(TINY, num_stages=3, out_indices=taps))
    for layers in (dict(num_stages=5), dict(strides=(1, 2, 2))):
        with pytest.raises(ValueError, match='num_stages of 1 to 4, and strides for each'):
            build(dict(TINY, **layers))


def test_in_a_plain_segmentor():
    head = dict(type='FCNHead', in_channels=128, channels=8, num_classes=2)
    model = build(
        dict(
            type='EncoderDecoder',
            backbone=TINY,
            decode_head=head,
            test_cfg=Config(dict(mode='whole')),
        )
    ).eval()
    with torch.no_grad():
        assert model(torch.rand(1, 3, 65, 65), mode='tensor').shape == (1, 2, 3, 3)
