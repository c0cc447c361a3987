"""Make a segmentor fast to run, at the same output."""

from __future__ import annotations

import threading
import timeit
import warnings
from typing import Any, TypeGuard

import torch
from mmseg.models.backbones.resnet import BasicBlock, Bottleneck
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from srm_mmseg.engine.winograd import tiles, winograd_conv2d, winograd_weights
from srm_mmseg.models.conv_norm_pairs import (
    HOOKS,
    conv_norm_pairs,
    has_no_additions,
    is_plain_convolution,
)
from srm_mmseg.models.inference_form import InferenceForm

PACKING = threading.Lock()
"""Held while weights are packed anew, as several threads may run one model."""


class PackedConv2d(nn.Module):
    """A convolution on a CPU whose weights are laid out for the input's size, not at every call.

    oneDNN chooses a layout by the size, batch included, and is up to five times as slow with
    another's: weights are laid out anew when the size changes. Where :func:`winograd_pays` it is
    Winograd's algorithm, whose weights suit all sizes and are kept beside.

    Args:
        conv: A convolution with zeros around.
        activation: 'none' or 'relu', computed while the output is in the cache.
    """

    def __init__(self, conv: nn.Conv2d, activation: str = 'none') -> None:
        super().__init__()
        self.weight, self.bias = conv.weight.detach(), conv.bias
        self.activation = activation
        self.settings = (conv.padding, conv.stride, conv.dilation, conv.groups)
        self.size = torch.Size()  # that the weight is laid out for, none yet
        self.winograd: Tensor | None = None  # from the first input on that it pays for

    def forward(self, x: Tensor, shortcut: Tensor | None = None) -> Tensor:
        """Convolve, shape B x C x H x W; add to a shortcut of the output's shape, in its place."""
        if winograd_pays(self.weight, self.settings, x.shape):
            result = winograd_conv2d(x, self._winograd_weights(), self.bias)
            result = result if shortcut is None else shortcut.add_(result)
            return result.relu_() if self.activation == 'relu' else result
        ops, conv = torch.ops.mkldnn, (self._weight_for(x.shape), self.bias, *self.settings)
        if shortcut is None:
            return ops._convolution_pointwise(x, *conv, self.activation, [], '')
        return ops._convolution_pointwise_.binary(
            shortcut, x, *conv, 'add', 1.0, self.activation, [], None
        )

    def _weight_for(self, size: torch.Size) -> Tensor:
        with PACKING:
            if self.size != size:
                self.weight = laid_out(dense(self.weight), self.settings, size)
                self.size = size
            return self.weight

    def _winograd_weights(self) -> Tensor:
        with PACKING:
            if self.winograd is None:
                self.winograd = winograd_weights(dense(self.weight))
            return self.winograd


def laid_out(weight: Tensor, settings: tuple, size: torch.Size) -> Tensor:
    """Lay weights out as oneDNN wants them for inputs of a size."""
    return torch.ops.mkldnn._reorder_convolution_weight(weight, *settings, size)


def dense(weight: Tensor) -> Tensor:
    """Undo :func:`laid_out`, exactly."""
    return weight.to_dense() if weight.is_mkldnn else weight


def winograd_pays(weight: Tensor, settings: tuple, size: torch.Size) -> bool:
    """Tell whether Winograd's algorithm is faster: what it adds to the products must be little.

    With fewer channels that is its transforms, with fewer tiles reading four times the weights.
    """
    one = (1, 1)
    return (
        weight.dtype == torch.float32
        and weight.shape[2:] == (3, 3)
        and settings == (one, one, one, 1)
        and min(weight.shape[:2]) >= 256
        and tiles(size) >= 32
    )


class PackedBlock(nn.Module):
    """A residual block of a ResNet whose sums and ReLUs are computed with its convolutions.

    The output takes the place of the shortcut: of the projection, or of the input, which within a
    layer nothing else reads.

    Args:
        block: A ``BasicBlock`` or ``Bottleneck`` without plugins, its BN folded.
    """

    def __init__(self, block: Any) -> None:
        super().__init__()
        names = ('conv1', 'conv2', 'conv3')
        self.convs = nn.ModuleList(
            PackedConv2d(getattr(block, name), 'relu') for name in names if hasattr(block, name)
        )
        self.downsample = block.downsample
        if self.downsample is not None:
            pack_convolutions(self.downsample)

    def forward(self, x: Tensor) -> Tensor:
        """Compute the block, shape B x C x H x W."""
        shortcut = x if self.downsample is None else self.downsample(x)
        *others, last = self.convs
        for conv in others:
            x = conv(x)
        return last(x, shortcut)


def merge_weights(model: nn.Module, dtype: torch.dtype = torch.float32) -> Any:
    """Fold BN into convolutions and merge what SRM can merge, in place; plain operations remain.

    Args:
        model: An ``EncoderDecoder`` with its weights, or what wraps one as ``module``.
        dtype: Of the weights.

    Returns:
        The ``EncoderDecoder``, in evaluation mode.
    """
    segmentor: Any = model
    while hasattr(segmentor, 'module'):
        segmentor = segmentor.module
    segmentor.eval()
    for name in ('backbone', 'neck', 'decode_head'):
        if hasattr(segmentor, name):
            fold_norms(getattr(segmentor, name))
            getattr(segmentor, name).to(dtype)
    for module in list(segmentor.modules()):
        if isinstance(module, InferenceForm):
            module.merge_for_inference()
    return segmentor.requires_grad_(False)


def fold_norms(model: nn.Module) -> None:
    """Fold each BN into the convolution that it alone reads, in place; others stay.

    Others are those that :func:`conv_norm_pairs` does not know, or that are in training mode.
    """
    for module, conv_name, norm_name in conv_norm_pairs(model):
        conv, norm = getattr(module, conv_name), getattr(module, norm_name)
        if not norm.training:
            setattr(module, conv_name, fuse_conv_bn_eval(conv.eval(), norm))
            setattr(module, norm_name, nn.Identity())


def fast_inference(
    model: nn.Module, dtype: torch.dtype = torch.float32, compile: bool = False
) -> nn.Module:
    """Prepare a segmentor of MMSegmentation for inference, in place.

    BN is folded into convolutions, weights are laid out channels last and, on a CPU, packed for the
    size of the images; what SRM can merge is merged. The model cannot be trained or saved any more.

    Args:
        model: An ``EncoderDecoder`` with its weights, or what wraps one as ``module``.
        dtype: To compute in. Many CPUs are slower in bfloat16 than in float32: on them it warns.
            SRM's logits are float32 again before they are resized.
        compile: Compile backbone and neck too, at the first image of each size.

    Returns:
        The model, in evaluation mode.
    """
    segmentor = merge_weights(model, dtype)
    weight = next(segmentor.parameters())
    if weight.is_cpu and dtype == torch.bfloat16 and not is_faster_in_bfloat16():
        warnings.warn(
            'This CPU multiplies matrices more slowly in bfloat16 than in float32. Use float32.',
            stacklevel=2,
        )
    segmentor.to(memory_format=torch.channels_last)

    is_open = not is_watched(segmentor)

    def prepare(backbone: nn.Module, args: tuple[Tensor]) -> Tensor:
        return args[0].to(dtype, memory_format=torch.channels_last)

    segmentor.backbone.register_forward_pre_hook(prepare)
    if compile:
        segmentor.extract_feat = torch.compile(segmentor.extract_feat, options={'freezing': True})
    elif is_packable(weight):
        pack_convolutions(segmentor, blocks=is_open)
    return model


def is_faster_in_bfloat16() -> bool:
    """Tell whether the CPU multiplies matrices faster in bfloat16 than in float32, by trying.

    What it says of itself does not tell: of those with AVX512-BF16, AMD's are up to twice as fast
    in bfloat16, Intel's half as fast unless they have AMX too.
    """
    return product_seconds(torch.bfloat16) < product_seconds(torch.float32)


def product_seconds(dtype: torch.dtype) -> float:
    """Time a product of two matrices on the CPU."""
    matrix = torch.ones(512, 512, dtype=dtype)
    return min(timeit.repeat(lambda: matrix @ matrix, number=1, repeat=5))


def is_packable(weight: Tensor) -> bool:
    """Tell whether oneDNN convolves on this weight's device in its type."""
    if weight.device.type != 'cpu' or not torch.backends.mkldnn.is_available():
        return False
    if weight.dtype == torch.bfloat16:
        return torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return weight.dtype == torch.float32


def is_packable_convolution(module: nn.Module) -> TypeGuard[nn.Conv2d]:
    """Tell whether a module is a convolution with zeros around that oneDNN computes."""
    return (
        is_plain_convolution(module)
        and module.padding_mode == 'zeros'
        and not isinstance(module.padding, str)
        and is_packable(module.weight)
    )


def is_packable_block(module: nn.Module) -> bool:
    """Tell whether a module is a residual block of plain convolutions and ReLUs alone."""
    if type(module) not in (BasicBlock, Bottleneck) or getattr(module, 'with_plugins', False):
        return False
    children = {name: child for name, child in module.named_children() if name != 'downsample'}
    convs = [children.pop(name) for name in list(children) if name.startswith('conv')]
    relu = children.pop('relu')
    others = [module, relu, *children.values()]
    return (
        all(map(is_packable_convolution, convs))
        and type(relu) is nn.ReLU
        and all(type(norm) is nn.Identity for norm in children.values())
        and all(map(has_no_additions, others))
    )


def is_watched(model: nn.Module) -> bool:
    """Tell whether a hook may keep an output of a module in the model."""
    return any(getattr(module, hooks) for module in model.modules() for hooks in HOOKS)


def pack_convolutions(module: nn.Module, blocks: bool = True) -> None:
    """Replace the plain convolutions in a module, and the residual blocks.

    Args:
        module: It is changed in place.
        blocks: Whether blocks too, which overwrite their input.
    """
    if getattr(module, 'efficient_conv_bn_eval_forward', None):  # MMCV's, reads its convolution
        return
    for name, child in module.named_children():
        if is_packable_convolution(child):
            setattr(module, name, PackedConv2d(child))
        elif blocks and is_packable_block(child):
            setattr(module, name, PackedBlock(child))
        else:
            pack_convolutions(child, blocks)
