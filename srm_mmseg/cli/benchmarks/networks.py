"""The networks that are compared: SRM in several forms, and stock ones of MMSegmentation."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch import Tensor, nn

import srm_mmseg.register  # noqa: F401
from srm_mmseg.config_names import find_config
from srm_mmseg.engine.fast_inference import fast_inference
from srm_mmseg.models.necks.ppm_neck import PyramidPooling

BASE = find_config('_base_/models/srm_r50')
LIGHT = find_config('srm_lite0_photographs')
STOCK_HEADS: dict[str, dict] = {
    'PSPNet-R50-D8': dict(type='PSPHead', pool_scales=(1, 2, 3, 6)),
    'FCN-R50-D8': dict(type='FCNHead', num_convs=2, concat_input=True),
    'DeepLabV3+-R50-D8': dict(
        type='DepthwiseSeparableASPPHead',
        dilations=(1, 12, 24, 36),
        c1_in_channels=256,
        c1_channels=48,
    ),
}


class PlainPyramidPooling(PyramidPooling):
    """Pyramid pooling as the paper draws it: by concatenation."""

    def fuse_with_cells(self, tap: Tensor, cells: Sequence[Tensor]) -> Tensor:
        """Convolve the concatenation."""
        return self.fuse(self.concatenate(tap, cells))


Builder = Callable[[str], nn.Module]


def plain_srm(stages: int = 3) -> nn.Module:
    """Build SRM as the paper draws it: concatenation, BN as a layer; channels first."""
    model: Any = channels_first(srm(stages))
    model.backbone.merge_norms = False
    for module in model.modules():
        if isinstance(module, PyramidPooling):
            module.__class__ = PlainPyramidPooling
    return model


def channels_first(model: nn.Module) -> nn.Module:
    """Copy an SRM that leaves its input channels first."""
    copied: Any = copy.deepcopy(model)
    copied.backbone.channels_last = False
    return copied


def srm(stages: int = 3) -> nn.Module:
    """Build SRM with two ResNet-50 of random weights and T stages."""
    model = Config.fromfile(BASE).model
    model.backbone.master.init_cfg = None
    if stages == 1:
        model.backbone.refinement = None
    else:
        model.backbone.refinement.init_cfg = None
        model.backbone.refinement.out_indices = tuple(range(4 - stages, 3))
    model.decode_head.loss_decode.stage_weights = (1.0,) * stages
    return build(model)


def srm_lite() -> nn.Module:
    """Build SRM-Lite, two EfficientNet-Lite0 of random weights."""
    model = Config.fromfile(LIGHT).model
    for trunk in (model.backbone.master, model.backbone.refinement):
        trunk.init_cfg = None
    return build(model)


def build(config: dict) -> nn.Module:
    """Build a model with seeded random weights."""
    init_default_scope('mmseg')
    torch.manual_seed(0)
    return MODELS.build(config)


def stock(head: dict) -> nn.Module:
    """Build a stock segmentor on the usual dilated ResNet-50 (R50-D8, output stride 8).

    Without the auxiliary head of training.
    """
    backbone = dict(
        type='ResNetV1c',
        depth=50,
        dilations=(1, 1, 2, 4),
        strides=(1, 2, 1, 1),
        norm_cfg=dict(type='BN'),
        norm_eval=False,
        style='pytorch',
        contract_dilation=True,
    )
    head = (
        dict(in_channels=2048, in_index=3, channels=512, num_classes=2, norm_cfg=dict(type='BN'))
        | head
    )
    model: Any = build(
        dict(
            type='EncoderDecoder',
            backbone=backbone,
            decode_head=head,
            test_cfg=Config(dict(mode='whole')),
        )
    )
    model.backbone.register_forward_pre_hook(lay_out_channels_last)
    return model


def lay_out_channels_last(backbone: nn.Module, images: tuple[Tensor]) -> Tensor:
    """Lay a backbone's input out as SRM's does its own."""
    return images[0].contiguous(memory_format=torch.channels_last)


FORMS: dict[str, Callable[[], nn.Module]] = {
    'SRM, plain graph': plain_srm,
    'SRM, default, channels first': lambda: channels_first(srm()),
    'SRM, default': srm,
}
STOCK: dict[str, Callable[[], nn.Module]] = {
    name: partial(stock, head) for name, head in STOCK_HEADS.items()
}


def as_it_is(make: Callable[[], nn.Module]) -> Builder:
    """Let a network be built on a device."""
    return lambda device: make().to(device).eval()


def for_inference(make: Callable[[], nn.Module], dtype: str = 'float32') -> Builder:
    """Let a network be built on a device and fused."""
    return lambda device: fast_inference(make().to(device), getattr(torch, dtype))


def inference_contestants(dtypes: Sequence[str], only_srm: bool = False) -> dict[str, Builder]:
    """List what passes forward, the plain graph first.

    Args:
        dtypes: Types that fused models compute in, SRM's alone.
        only_srm: Leave the stock networks out.

    Returns:
        What builds each on a device, by name.
    """
    contestants = {name: as_it_is(make) for name, make in FORMS.items()}
    for dtype in dtypes:
        contestants[f'SRM, fused {dtype}'] = for_inference(srm, dtype)
    for name, make in {} if only_srm else STOCK.items():
        contestants[name] = as_it_is(make)
        contestants[f'{name}, fused float32'] = for_inference(make)
    return contestants


def training_contestants(only_srm: bool = False) -> dict[str, Builder]:
    """List what is trained, the plain graph first; a name with a type trains in it.

    Args:
        only_srm: Leave the stock networks out.

    Returns:
        What builds each on a device, by name.
    """
    light = {'SRM-Lite': srm_lite, 'SRM-Lite, bfloat16': srm_lite}
    makers = FORMS | {'SRM, default, bfloat16': srm} | light | ({} if only_srm else STOCK)
    return {name: as_it_is(make) for name, make in makers.items()}
