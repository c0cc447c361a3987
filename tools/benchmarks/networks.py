"""The networks that are compared: SRM in several forms, and stock ones of MMSegmentation."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import srm_mmseg.register  # noqa: F401
from srm_mmseg.engine.fast_inference import fast_inference
from srm_mmseg.models.necks.ppm_neck import PyramidPooling

BASE = Path(__file__).parents[2] / 'configs/_base_/models/srm_r50.py'


class PlainPyramidPooling(PyramidPooling):
    """Pyramid pooling as the paper draws it: by concatenation."""

    def fuse_with_cells(self, tap: Tensor, cells: Sequence[Tensor]) -> Tensor:
        """Convolve the concatenation."""
        return self.fuse(self.concatenate(tap, cells))


class Contestant(NamedTuple):
    """A network and how it is run.

    Attributes:
        name: Name in tables.
        model: The segmentor.
        gmac: Thousand million multiplications for an image.
        parameters: Parameters, in millions.
    """

    name: str
    model: nn.Module
    gmac: float
    parameters: float


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
    model.neck.in_channels = model.neck.in_channels[:stages]
    model.decode_head.in_channels = model.decode_head.in_channels[:stages]
    model.decode_head.loss_decode.stage_weights = (1.0,) * stages
    return build(model)


def build(config: dict) -> nn.Module:
    """Build a model with seeded random weights."""
    init_default_scope('mmseg')
    torch.manual_seed(0)
    return MODELS.build(config)


def stock(head: dict) -> nn.Module:
    """Build a stock segmentor on the usual dilated ResNet-50 (R50-D8, output stride 8)."""
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
    return build(
        dict(
            type='EncoderDecoder',
            backbone=backbone,
            decode_head=head,
            test_cfg=Config(dict(mode='whole')),
        )
    )


def stock_networks() -> dict[str, nn.Module]:
    """Build the stock networks by name."""
    aspp = dict(
        type='DepthwiseSeparableASPPHead',
        dilations=(1, 12, 24, 36),
        c1_in_channels=256,
        c1_channels=48,
    )
    return {
        'PSPNet-R50-D8': stock(dict(type='PSPHead', pool_scales=(1, 2, 3, 6))),
        'FCN-R50-D8': stock(dict(type='FCNHead', num_convs=2, concat_input=True)),
        'DeepLabV3+-R50-D8': stock(aspp),
    }


def inference_contestants(size: int, dtypes: Sequence[str], device: str) -> Iterator[Contestant]:
    """Build what ``infer`` compares, the plain graph first.

    Args:
        size: Side of the images whose multiplications are counted.
        dtypes: Types of the inference mode, of SRM's.
        device: Where they are to run.
    """

    def contestant(name: str, model: nn.Module) -> Contestant:
        model = model.to(device).eval()
        return Contestant(name, model, gmac(model, size), parameters(model))

    def fast(name: str, model: nn.Module, dtype: str = 'float32') -> Contestant:
        frozen = fast_inference(copy.deepcopy(model).to('meta'))
        prepared = fast_inference(copy.deepcopy(model).to(device), getattr(torch, dtype))
        name = f'{name}, inference mode {dtype}'
        return Contestant(name, prepared, gmac(frozen, size), parameters(model))

    ours = srm()
    yield contestant('SRM, plain graph', plain_srm())
    yield contestant('SRM, fast path, channels first', channels_first(ours))
    yield contestant('SRM, fast path', ours)
    for dtype in dtypes:
        yield fast('SRM', ours, dtype)
    for name, model in stock_networks().items():
        yield contestant(name, model)
        yield fast(name, model)


def training_contestants() -> dict[str, nn.Module]:
    """Build what ``train`` compares, the plain graph first."""
    ours = srm()
    return {
        'plain graph': plain_srm(),
        'fast path, channels first': channels_first(ours),
        'fast path': ours,
        'fast path, bfloat16': copy.deepcopy(ours),
    }


def gmac(model: nn.Module, size: int) -> float:
    """Count the multiplications of one image, in thousand millions."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        copy.deepcopy(model).to('meta')(torch.zeros(1, 3, size, size, device='meta'), mode='tensor')
    return counter.get_total_flops() / 2e9


def parameters(model: nn.Module) -> float:
    """Count the parameters, in millions."""
    return sum(parameter.numel() for parameter in model.parameters()) / 1e6
