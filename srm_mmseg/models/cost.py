"""What a network costs: multiplications and parameters."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode


def gmac(model: nn.Module, size: int) -> float:
    """Count the multiplications of one image in a segmentor, in thousand millions.

    Args:
        model: The segmentor; it is not changed.
        size: Pixels, a side of the image.
    """
    return gmac_of(partial(copy.deepcopy(model).to('meta'), mode='tensor'), size)


@torch.no_grad()
def gmac_of(forward: Callable[[Tensor], object], size: int) -> float:
    """Count the multiplications of one image in a forward pass on the device ``meta``."""
    with FlopCounterMode(display=False) as counter:
        forward(torch.zeros(1, 3, size, size, device='meta'))
    return counter.get_total_flops() / 2e9


def parameters(model: nn.Module) -> float:
    """Count the parameters, in millions."""
    return sum(parameter.numel() for parameter in model.parameters()) / 1e6
