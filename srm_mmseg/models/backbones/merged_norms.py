"""Train a convolution and the frozen BN behind it as one step, without keeping what is between them.

With stored mean m and deviation s, BN's output is y = g (w * x - m) / s + b. Its gradient for the
scale g needs w * x, which autograd keeps: about half of what a ResNet keeps. But for an output
channel the sum of dy (w * x) over all pixels is that of w (dy * x) over its weights, and dy * x is
at hand: the convolution's own gradient is made of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from srm_mmseg.models.conv_norm_pairs import conv_norm_pairs


def merge_frozen_norms(trunk: nn.Module) -> None:
    """Fuse each convolution of a trunk with the frozen BN behind it; undo it where BN is not frozen.

    Output, gradients and names of the weights stay what they are. Call it again after a change of
    the training mode. Layers that :func:`conv_norm_pairs` does not know are left alone.

    Args:
        trunk: A backbone.
    """
    for module in trunk.modules():
        if is_merged(module):
            del vars(module)['forward']
    for conv, norm in convolutions_with_norm(trunk):
        if conv.training and not norm.training:
            vars(conv)['forward'] = partial(convolve_and_normalise, conv, norm)
            vars(norm)['forward'] = unchanged


def convolutions_with_norm(trunk: nn.Module) -> Iterator[tuple[nn.Conv2d, nn.BatchNorm2d]]:
    """Yield the pairs that :class:`MergedConvolution` supports."""
    for module, conv_name, norm_name in conv_norm_pairs(trunk):
        conv, norm = getattr(module, conv_name), getattr(module, norm_name)
        if has_even_zeros(conv) and type(norm) is nn.BatchNorm2d and norm.affine:
            yield conv, norm


def is_merged(module: nn.Module) -> bool:
    """Tell whether a module's ``forward`` is one of those that are set here."""
    forward = vars(module).get('forward')
    return getattr(forward, 'func', forward) in (convolve_and_normalise, unchanged)


def has_even_zeros(conv: nn.Conv2d) -> bool:
    """Tell whether a convolution has no bias, and as many zeros on either side."""
    return (
        type(conv) is nn.Conv2d  # not one that pads by the image's size
        and conv.bias is None
        and conv.padding_mode == 'zeros'
        and not isinstance(conv.padding, str)
    )


def convolve_and_normalise(conv: nn.Conv2d, norm: nn.BatchNorm2d, x: Tensor) -> Tensor:
    """Compute BN's output from the convolution's input, shape B x C x H x W."""
    if norm.training:  # by a call past the backbone's own train()
        return nn.BatchNorm2d.forward(norm, nn.Conv2d.forward(conv, x))
    return MergedConvolution.apply(x, conv.weight, norm.weight, norm.bias, conv, norm)


def unchanged(x: Tensor) -> Tensor:
    """Pass on what is normalised already."""
    return x


class MergedConvolution(torch.autograd.Function):
    """A convolution and a frozen BN: the two layers forward, one step backward."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor,
        scale: Tensor,
        shift: Tensor,
        conv: nn.Conv2d,
        norm: nn.BatchNorm2d,
    ) -> Tensor:
        """Convolve and normalise; keep the input."""
        convolved = nn.Conv2d.forward(conv, x)
        ctx.save_for_backward(x.to(convolved.dtype), weight, scale)
        ctx.conv, ctx.norm = conv, norm
        return nn.BatchNorm2d.forward(norm, convolved)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Turn BN's output's gradient into that of input, weights, scale and shift."""
        x, weight, scale = ctx.saved_tensors
        conv, norm = ctx.conv, ctx.norm
        deviation = (norm.running_var + norm.eps).sqrt()
        gain = (scale / deviation)[:, None, None, None]
        needs_x, needs_weight, needs_scale, needs_shift = ctx.needs_input_grad[:4]
        grad_x, products, grad_shift = torch.ops.aten.convolution_backward(
            grad,
            x,
            (weight * gain).to(x.dtype),
            [len(weight)],
            conv.stride,
            conv.padding,
            conv.dilation,
            False,
            [0, 0],
            conv.groups,
            [needs_x, needs_weight or needs_scale, needs_shift or needs_scale],
        )
        grad_weight = grad_scale = None
        if needs_weight:
            grad_weight = products * gain
        if needs_scale:
            grad_scale = (weight * products).sum((1, 2, 3)) - norm.running_mean * grad_shift
            grad_scale = grad_scale / deviation
        return grad_x, grad_weight, grad_scale, grad_shift, None, None
