"""Which convolutions have an output that nothing but a BN reads.

The order in which layers are registered does not tell: what a module's ``forward`` does has to be
known. So a kind of module is told by its ``forward``, and a module of another kind has no pairs.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from mmcv.cnn import ConvModule
from mmseg.models.backbones.resnet import BasicBlock, Bottleneck, ResNet
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from srm_mmseg.models.backbones.preact_resnet import PreActResNet, PreActUnit


def conv_norm_pairs(model: nn.Module) -> Iterator[tuple[nn.Module, str, str]]:
    """Find the convolutions whose output a BN with stored statistics reads, and nothing else.

    Args:
        model: Any; what is in modules of unknown kinds is looked through too.

    Yields:
        A module, and the names that it has for the convolution and for the BN.
    """
    for module in list(model.modules()):
        for conv_name, norm_name in names_in_a_row(module):
            conv, norm = getattr(module, conv_name, None), getattr(module, norm_name, None)
            has_statistics = isinstance(norm, _BatchNorm) and norm.running_var is not None
            if type(conv) is nn.Conv2d and has_statistics and not conv._forward_pre_hooks:
                yield module, conv_name, norm_name


def names_in_a_row(module: Any) -> list[tuple[str, str]]:
    """List the names of layers of which one reads the other's output, by what is called for each."""
    forward = type(module).forward
    if forward is nn.Sequential.forward:
        return list(pairwise(module._modules))
    if forward is ConvModule.forward:
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
