"""Make a segmentor fast to run, at the same output."""

from __future__ import annotations

import timeit
import warnings
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from srm_mmseg.models.conv_norm_pairs import conv_norm_pairs
from srm_mmseg.models.inference_form import InferenceForm


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

    BN is folded into convolutions, weights are laid out channels last, and what SRM can merge is
    merged. The model cannot be trained or saved any more.

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

    def prepare(backbone: nn.Module, args: tuple[Tensor]) -> Tensor:
        return args[0].to(dtype, memory_format=torch.channels_last)

    segmentor.backbone.register_forward_pre_hook(prepare)
    if compile:
        segmentor.extract_feat = torch.compile(segmentor.extract_feat, options={'freezing': True})
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
