"""Which convolutions have an output that nothing but a BN reads.

The order in which layers are registered does not tell: what a module's ``forward`` does has to be
known. So a kind of module is told by its ``forward``, and a module of another kind has no pairs.
For the same reason a subclass is not taken for its base class: timm's ``BatchNormAct2d`` is a BN
with an activation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, TypeGuard

from mmcv.cnn import ConvModule
from mmengine.model.utils import _BatchNormXd
from mmseg.models.backbones.resnet import BasicBlock, Bottleneck, ResNet
from torch import nn

from srm_mmseg.models.backbones.preact_resnet import PreActResNet, PreActUnit
from srm_mmseg.models.backbones.same_conv import SameConv2d

NORMS = (nn.BatchNorm2d, nn.SyncBatchNorm, _BatchNormXd)
"""BN and nothing else; MMEngine's is what it makes of a SyncBatchNorm for one process."""

HOOKS = ('_forward_pre_hooks', '_forward_hooks', '_backward_pre_hooks', '_backward_hooks')


def conv_norm_pairs(model: nn.Module) -> Iterator[tuple[nn.Module, str, str]]:
    """Find the convolutions whose output a BN with stored statistics reads, and nothing else.

    Args:
        model: Any; what is in modules of unknown kinds is looked through too.

    Yields:
        A module, and the names that it has for the convolution and for the BN.
    """
    modules = list(model.modules())
    places = Counter(child for module in modules for child in module._modules.values())
    for module in modules:
        for conv_name, norm_name in names_in_a_row(module):
            conv, norm = getattr(module, conv_name, None), getattr(module, norm_name, None)
            if is_pair(conv, norm) and places[conv] == places[norm] == 1:
                yield module, conv_name, norm_name


def is_pair(conv: Any, norm: Any) -> bool:
    """Tell whether two layers are a convolution and a BN with stored statistics, as PyTorch has them."""
    return (
        is_convolution(conv, (nn.Conv2d, SameConv2d))
        and type(norm) in NORMS
        and has_no_additions(norm)
        and norm.running_mean is not None
        and norm.running_var is not None
        and norm.num_features == conv.out_channels
    )


def is_plain_convolution(module: Any) -> TypeGuard[nn.Conv2d]:
    """Tell whether a module is PyTorch's convolution, of weights that are its own."""
    return is_convolution(module, (nn.Conv2d,))


def is_convolution(module: Any, kinds: tuple[type, ...]) -> bool:
    """Tell whether a module is a convolution of one of some kinds, of weights that are its own."""
    return (
        type(module) in kinds  # neither a subclass nor parametrized, which changes the type
        and has_no_additions(module)
        and module._parameters.get('weight') is not None
    )


def has_no_additions(module: nn.Module) -> bool:
    """Tell whether a module does what its class does, as no hook and no other forward is set on it.

    The older weight and spectral norms of PyTorch, and its pruning, are hooks.
    """
    return 'forward' not in vars(module) and not any(getattr(module, hooks) for hooks in HOOKS)


def names_in_a_row(module: Any) -> list[tuple[str, str]]:
    """List (producer, consumer) attribute names of layers, in the order in which ``forward`` calls them."""
    forward = type(module).forward
    if 'forward' in vars(module):
        return []
    if forward is nn.Sequential.forward:
        return list(pairwise(module._modules))
    if forward is ConvModule.forward:
        if getattr(module, 'efficient_conv_bn_eval_forward', None):  # it folds by itself
            return []
        name_of = {'conv': 'conv', 'norm': str(module.norm_name), 'act': 'activate'}
        return list(pairwise(name_of[layer] for layer in module.order))
    if forward in (BasicBlock.forward, Bottleneck.forward):
        indices = (1, 2, 3) if forward is Bottleneck.forward else (1, 2)
        return [(f'conv{index}', getattr(module, f'norm{index}_name')) for index in indices]
    if forward is ResNet.forward:
        return [] if module.deep_stem else [('conv1', module.norm1_name)]
    if forward is PreActUnit.forward:
        return [('conv1', 'bn2'), ('conv2', 'bn3')]
    return [('conv1', 'bn1')] if forward is PreActResNet.forward else []
