"""TensorFlow's "SAME" padding, in a form that exported graphs keep for every size of image."""

from __future__ import annotations

from mmcv.cnn.bricks import Conv2dAdaptivePadding
from torch import Tensor, nn
from torch.nn import functional as F


class SameConv2d(nn.Conv2d):
    """A convolution of stride 2 and an odd kernel that pads a pixel less above and left of an even side.

    The toolbox's ``Conv2dAdaptivePadding`` computes the same, but its padding is a number that a trace
    keeps for all sizes, and formulas that grow with every layer of an ONNX file of free size.

    Args:
        conv: The toolbox's convolution; its weights are taken over.

    Example:
        >>> import torch
        >>> conv = SameConv2d(Conv2dAdaptivePadding(1, 1, 3, stride=2, bias=False))
        >>> [tuple(conv(torch.zeros(1, 1, side, side)).shape[2:]) for side in (4, 5)]
        [(2, 2), (3, 3)]
    """

    def __init__(self, conv: Conv2dAdaptivePadding) -> None:
        if conv.stride != (2, 2) or conv.dilation != (1, 1) or not conv.kernel_size[0] % 2:
            raise ValueError(f'Expected a stride of 2 and an odd kernel, but got {conv}.')
        kind = dict(stride=2, groups=conv.groups, bias=conv.bias is not None)
        super().__init__(conv.in_channels, conv.out_channels, conv.kernel_size, **kind)
        self.load_state_dict(conv.state_dict())

    def forward(self, x: Tensor) -> Tensor:
        """Convolve, B x C x H x W to B x C' x ceil(H / 2) x ceil(W / 2)."""
        height, width = x.shape[-2:]
        below, right = (kernel // 2 for kernel in self.kernel_size)
        above, left = below - 1 + height % 2, right - 1 + width % 2
        return super().forward(F.pad(x, (left, right, above, below)))


def replace_adaptive_padding(module: nn.Module) -> None:
    """Replace all of the toolbox's convolutions that pad by the size of their input, in place."""
    for parent in [*module.modules()]:
        for name, child in parent.named_children():
            if isinstance(child, Conv2dAdaptivePadding):
                setattr(parent, name, SameConv2d(child))
