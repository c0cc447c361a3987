"""A layer that is more than a plain convolution, and a block that is more than one, stay."""

import pytest
import torch
from helpers import build
from mmcv.cnn import ConvModule, build_conv_layer
from mmseg.models.backbones.resnet import BasicBlock
from torch import nn
from torch.nn.utils import parametrizations, weight_norm

from srm_mmseg.engine.fast_inference import (
    PackedBlock,
    PackedConv2d,
    fold_norms,
    is_packable,
    is_watched,
    pack_convolutions,
)

pytestmark = pytest.mark.skipif(not is_packable(torch.zeros(1)), reason='needs oneDNN')


def resnet(**changes):
    torch.manual_seed(0)
    strides = dict(strides=(1, 2, 1, 1), dilations=(1, 1, 2, 4))
    model = build(dict(type='ResNet', depth=18, base_channels=8, **strides, **changes))
    model.eval()
    return model


def pack(module):
    """Pack what can be, and return the output before and after."""
    x = torch.randn(2, 3, 33, 33)
    with torch.inference_mode():
        before = module(x)
        pack_convolutions(module, blocks=not is_watched(module))
        after = module(x)
    for one, other in zip(after, before, strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-4)
    return [m for m in module.modules() if isinstance(m, (PackedConv2d, PackedBlock))]


@pytest.mark.parametrize('norm', ['GN', 'IN', 'BN'])
def test_blocks_with_norms_stay(norm):
    cfg = dict(type=norm, requires_grad=True, **(dict(num_groups=2) if norm == 'GN' else {}))
    trunk = resnet(norm_cfg=cfg)
    assert not [m for m in pack(trunk) if isinstance(m, PackedBlock)]


def test_blocks_with_a_norm_that_was_not_folded_stay():
    class NormWithActivation(nn.BatchNorm2d):
        def forward(self, x):
            return super().forward(x).relu()

    trunk = resnet()
    trunk.layer1[0].bn1 = NormWithActivation(8).eval()
    fold_norms(trunk)
    packed = pack(trunk)
    assert type(trunk.layer1[0]) is BasicBlock and type(trunk.layer1[1]) is PackedBlock
    assert len([m for m in packed if isinstance(m, PackedBlock)]) == 7


@pytest.mark.parametrize(
    'change',
    [
        lambda block: setattr(block, 'relu', nn.LeakyReLU()),
        lambda block: setattr(block, 'forward', lambda x: torch.sin(x[:, :8])),
        lambda block: setattr(block, '__class__', type('Other', (BasicBlock,), {})),
        lambda block: setattr(block, 'norm_after', nn.Dropout()),
        lambda block: setattr(block.conv2, 'forward', lambda x: x / 2),
    ],
    ids=['activation', 'forward', 'subclass', 'another layer', 'forward of a conv'],
)
def test_blocks_that_are_more_stay(change):
    trunk = resnet()
    fold_norms(trunk)
    change(trunk.layer1[0])
    assert len([m for m in pack(trunk) if isinstance(m, PackedBlock)]) == 7
    assert not isinstance(trunk.layer1[0], PackedBlock)


def test_what_a_hook_has_seen_is_not_overwritten():
    trunk = resnet()
    fold_norms(trunk)
    seen = []
    trunk.layer1[0].register_forward_hook(lambda module, args, output: seen.append(output))
    pack(trunk)
    assert len(seen) == 2
    torch.testing.assert_close(seen[1], seen[0], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    'layer',
    [
        weight_norm(nn.Conv2d(3, 8, 3)),
        parametrizations.spectral_norm(nn.Conv2d(3, 8, 3)),
        nn.Conv2d(3, 8, 3, padding=1, padding_mode='reflect'),
        nn.Conv2d(3, 8, 3, padding='same'),
        build_conv_layer(dict(type='ConvWS'), 3, 8, 3),
        build_conv_layer(dict(type='Conv2dAdaptivePadding'), 3, 8, 3, 2),
        nn.ConvTranspose2d(3, 8, 3),
        ConvModule(3, 8, 3, norm_cfg=dict(type='BN'), efficient_conv_bn_eval=True),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_other_convolutions_stay(layer):
    assert not pack(nn.Sequential(layer).eval())


def test_a_hooked_convolution_stays():
    net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3)).eval()
    net[0].register_forward_hook(lambda module, args, output: 2 * output)
    assert len(pack(net)) == 1 and type(net[0]) is nn.Conv2d


def test_a_convolution_of_another_type_stays():
    net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3)).double().eval()
    pack_convolutions(net)
    assert type(net[0]) is nn.Conv2d
