"""A convolution and a BN are folded or merged where they are just that; all else is left alone."""

import copy

import pytest
import torch
from mmcv.cnn import ConvModule, build_conv_layer
from mmcv.cnn.bricks import Conv2dAdaptivePadding as adaptive
from mmcv.cnn.bricks.wrappers import Conv2d as WrappedConv2d
from mmengine.model.utils import _BatchNormXd
from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune, spectral_norm, weight_norm

from srm_mmseg.engine.fast_inference import fold_norms
from srm_mmseg.models.backbones.merged_norms import merge_frozen_norms
from srm_mmseg.models.backbones.same_conv import SameConv2d
from srm_mmseg.models.conv_norm_pairs import conv_norm_pairs


class NormWithActivation(nn.BatchNorm2d):
    def forward(self, x):
        return super().forward(x).relu()


class NormWithItsOwnWeight(nn.BatchNorm2d):
    """The forward is the base class's; what it reads is not."""

    def __getattr__(self, name):
        value = super().__getattr__(name)
        return value.abs() + 1 if name == 'weight' else value


class ScaledConv2d(nn.Conv2d):
    def forward(self, x):
        return 2 * super().forward(x)


class Double(nn.Module):
    def forward(self, weight):
        return 2 * weight


class Renamed(nn.Sequential):
    """The same forward, so that it is known."""


class Residual(nn.Sequential):
    def forward(self, x):
        x = self[0](x)
        return x + self[1](x)


def pair(conv=None, norm=None, container=nn.Sequential):
    conv = conv or nn.Conv2d(4, 8, 3, padding=1, bias=False)
    return container(conv, norm or nn.BatchNorm2d(conv.out_channels))


def with_hook(kind, layer):
    net = pair()
    getattr(net[layer], f'register_{kind}')(lambda module, *args: None)
    return net


def changed(net, layer, change):
    change(net[layer])
    return net


def scale_forward(module):
    forward = module.forward
    module.forward = lambda x: 3 * forward(x)


def detach_weight(conv):
    weight = conv.weight.detach().double()
    del conv.weight
    conv.weight = weight


def shared_conv():
    conv = nn.Conv2d(4, 4, 1)
    return nn.Sequential(conv, nn.BatchNorm2d(4), conv, nn.BatchNorm2d(4))


def shared_norm():
    norm = nn.BatchNorm2d(4)
    return nn.Sequential(nn.Conv2d(4, 4, 1), norm, nn.Conv2d(4, 4, 1), norm)


def efficient():
    norm = dict(type='BN')
    return ConvModule(4, 8, 3, norm_cfg=norm, efficient_conv_bn_eval=True)


def patched_container():
    net = pair()
    net.forward = lambda x: net[1](net[0](x).relu())
    return net


LEFT_ALONE = {
    'BN with an activation': lambda: pair(norm=NormWithActivation(8)),
    'BN with a property': lambda: pair(norm=NormWithItsOwnWeight(8)),
    'statistics of the batch': lambda: pair(norm=nn.BatchNorm2d(8, track_running_stats=False)),
    'instance norm': lambda: pair(norm=nn.InstanceNorm2d(8, track_running_stats=True)),
    'group norm': lambda: pair(norm=nn.GroupNorm(2, 8)),
    'BN of its own forward': lambda: changed(pair(), 1, scale_forward),
    'conv of its own forward': lambda: changed(pair(), 0, scale_forward),
    'hook of the conv': lambda: with_hook('forward_hook', 0),
    'pre-hook of the conv': lambda: with_hook('forward_pre_hook', 0),
    'hook of the BN': lambda: with_hook('forward_hook', 1),
    'pre-hook of the BN': lambda: with_hook('forward_pre_hook', 1),
    'hook of the gradient': lambda: with_hook('full_backward_hook', 1),
    'weight norm, old': lambda: changed(pair(), 0, weight_norm),
    'weight norm': lambda: changed(pair(), 0, parametrizations.weight_norm),
    'spectral norm, old': lambda: changed(pair(), 0, spectral_norm),
    'spectral norm': lambda: changed(pair(), 0, parametrizations.spectral_norm),
    'parametrized': lambda: changed(
        pair(), 0, lambda m: parametrize.register_parametrization(m, 'weight', Double())
    ),
    'parametrized BN': lambda: changed(
        pair(), 1, lambda m: parametrize.register_parametrization(m, 'weight', Double())
    ),
    'pruned': lambda: changed(pair(), 0, lambda m: prune.l1_unstructured(m, 'weight', 9)),
    'a weight that is no parameter': lambda: changed(pair(), 0, detach_weight),
    'subclass of the conv': lambda: pair(ScaledConv2d(4, 8, 3)),
    "MMCV's wrapper": lambda: pair(WrappedConv2d(4, 8, 3)),
    'weight standardisation': lambda: pair(build_conv_layer(dict(type='ConvWS'), 4, 8, 3)),
    'adaptive padding': lambda: pair(adaptive(4, 8, 3)),
    'transposed': lambda: pair(nn.ConvTranspose2d(4, 8, 3)),
    'a conv in two places': shared_conv,
    'a BN in two places': shared_norm,
    'container of another forward': lambda: pair(container=Residual, conv=nn.Conv2d(4, 4, 1)),
    'container of its own forward': patched_container,
    'folds by itself': efficient,
}
PAIRS = {
    'plain': lambda: pair(),
    'container of a known forward': lambda: pair(container=Renamed),
    'without scale and shift': lambda: pair(norm=nn.BatchNorm2d(8, affine=False)),
    'of several processes': lambda: pair(norm=nn.SyncBatchNorm(8)),
    'of several processes, in one': lambda: pair(norm=_BatchNormXd(8)),
    'momentum of a mean': lambda: pair(norm=nn.BatchNorm2d(8, eps=0.1, momentum=None)),
    'dilated, with stride': lambda: pair(nn.Conv2d(4, 8, 3, 2, 4, dilation=2, bias=False)),
    'grouped': lambda: pair(nn.Conv2d(4, 8, 3, groups=2, bias=False)),
    'depthwise': lambda: pair(nn.Conv2d(4, 4, 3, groups=4, bias=False)),
    'bias': lambda: pair(nn.Conv2d(4, 8, 3)),
    'reflected border': lambda: pair(nn.Conv2d(4, 8, 3, padding=1, padding_mode='reflect')),
    'padding by name': lambda: pair(nn.Conv2d(4, 8, (1, 3), padding='same')),
    'padding by parity': lambda: pair(SameConv2d(adaptive(4, 8, 3, 2))),
    'tied weights': lambda: tied(),
    'a block in two places': lambda: twice(),
    'ConvModule': lambda: ConvModule(4, 8, 3, norm_cfg=dict(type='BN')),
}


def tied():
    net = nn.Sequential(
        nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4), nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4)
    )
    net[2].weight = net[0].weight
    return net


def twice():
    block = pair(nn.Conv2d(4, 4, 1))
    return nn.Sequential(block, nn.ReLU(), block)


def random_statistics(net):
    for name, numbers in (*net.named_buffers(), *net.named_parameters()):
        if numbers.is_floating_point() and ('running' in name or name.endswith('1.weight')):
            nn.init.uniform_(numbers, 0.5, 1.5)
    return net


def made(case):
    torch.manual_seed(0)
    return random_statistics(case()).double(), torch.randn(2, 4, 9, 9).double()


def freeze_norms(net):
    for module in net.train().modules():
        if isinstance(module, nn.modules.batchnorm._NormBase):
            module.eval()
    return net


def outputs(net, x):
    """Compute the output and the gradients of all parameters."""
    net.zero_grad()
    y = net(x)
    y.square().mean().backward()
    return [y, *(p.grad for p in net.parameters() if p.grad is not None)]


def assert_equal(found, expected):
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize('name', LEFT_ALONE)
def test_what_is_more_than_a_pair_is_left_alone(name):
    net, x = made(LEFT_ALONE[name])
    assert not list(conv_norm_pairs(net))
    modules = list(net.eval().modules())
    before = net(x)
    fold_norms(net)
    assert list(net.modules()) == modules
    torch.testing.assert_close(net(x), before)
    forwards = [vars(module).get('forward') for module in freeze_norms(net).modules()]
    merge_frozen_norms(net)
    assert [vars(module).get('forward') for module in net.modules()] == forwards


@pytest.mark.parametrize('name', PAIRS)
def test_pairs_are_folded_and_merged_at_the_same_output(name):
    net, x = made(PAIRS[name])
    assert list(conv_norm_pairs(net))
    net.eval()
    before = net(x)
    folded = copy.deepcopy(net)
    fold_norms(folded)
    assert not [m for m in folded.modules() if isinstance(m, nn.modules.batchnorm._NormBase)]
    torch.testing.assert_close(folded(x), before)
    if name == 'of several processes':  # on a CPU it runs in evaluation alone
        return
    expected = outputs(freeze_norms(net), x)
    merge_frozen_norms(net)
    assert_equal(outputs(net, x), expected)


def test_a_norm_in_training_is_not_folded():
    net, x = made(PAIRS['plain'])
    net.eval()[1].train()
    before = copy.deepcopy(net)(x)
    fold_norms(net)
    assert type(net[1]) is nn.BatchNorm2d
    torch.testing.assert_close(net(x), before)


def test_merging_again_follows_what_was_added():
    net, x = made(PAIRS['plain'])
    merge_frozen_norms(freeze_norms(net))
    assert 'forward' in vars(net[0])
    net[0].register_forward_hook(lambda module, args, output: 2 * output)
    merge_frozen_norms(net)
    assert 'forward' not in vars(net[0]) and 'forward' not in vars(net[1])
    expected = net[1](2 * nn.functional.conv2d(x, net[0].weight, padding=1))
    torch.testing.assert_close(net(x), expected)


def test_channels_that_do_not_fit():
    net = nn.Sequential(nn.Conv2d(4, 8, 3), nn.BatchNorm2d(4)).eval()
    fold_norms(net)
    assert type(net[1]) is nn.BatchNorm2d


@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16])
def test_folded_in_the_type_of_the_weights(dtype):
    net, x = made(PAIRS['plain'])
    net, x = net.eval().to(dtype), x.to(dtype)
    before = net(x)
    fold_norms(net)
    assert net[0].weight.dtype == dtype
    precision = 0.05 if dtype == torch.bfloat16 else 1e-5
    torch.testing.assert_close(net(x), before, atol=precision, rtol=precision)
