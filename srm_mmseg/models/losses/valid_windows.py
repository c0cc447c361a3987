"""Means and maxima over square windows around each pixel, of the pixels that take part alone.

What lies outside the image takes no part, as pixels that are ignored: an image with an ignored frame
gives what the image without it gives.

Shapes: B images of H x W pixels.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import reduce

import torch
import torch.nn.functional as F
from torch import Tensor


def box_mean(values: Tensor, valid: Tensor, size: int) -> Tensor:
    """Average over a window of ``size`` x ``size`` pixels.

    Args:
        values: Shape B x H x W.
        valid: Which pixels take part, shape B x H x W, {0, 1}.
        size: Side of the window in pixels, odd.

    Returns:
        Shape B x H x W; 0 where no pixel of the window takes part.
    """
    return box_share(values * valid, size) / box_share(valid, size).clamp(min=0.5 / size**2)


def box_share(values: Tensor, size: int) -> Tensor:
    """Add up a window and divide by all of its pixels; zeros surround the image."""
    half = size // 2
    columns = F.avg_pool2d(values[:, None], (size, 1), stride=1, padding=(half, 0))
    return F.avg_pool2d(columns, (1, size), stride=1, padding=(0, half))[:, 0]


def gaussian_mean(values: Tensor, valid: Tensor, size: int, sigma: float) -> Tensor:
    """Average over a window of ``size`` x ``size`` pixels with Gaussian weights.

    Args:
        values: Shape B x H x W, or several of them, K x B x H x W.
        valid: Which pixels take part, shape B x H x W, {0, 1}.
        size: Side of the window in pixels, odd.
        sigma: Standard deviation of the weights in pixels.

    Returns:
        The shape of ``values``; 0 where no pixel of the window takes part.
    """
    share = gaussian_sum(valid, size, sigma)
    return gaussian_sum(values * valid, size, sigma) / share.clamp(min=1e-12)


def gaussian_sum(values: Tensor, size: int, sigma: float) -> Tensor:
    """Add up a window with Gaussian weights, whose sum is 1; zeros surround the image.

    Written as sums of shifted images: a convolution would round to halves under AMP, and to TF32 on
    a GPU, too coarse for the variances that are differences of these sums.
    """
    half = size // 2
    heights = [math.exp(-((k - half) ** 2) / (2 * sigma**2)) for k in range(size)]
    weights = [height / sum(heights) for height in heights]
    rows, columns = values.shape[-2:]
    padded = F.pad(values, (half, half, half, half))
    added = sum_of(w * padded[..., k : k + rows, :] for k, w in enumerate(weights))
    return sum_of(w * added[..., k : k + columns] for k, w in enumerate(weights))


def sum_of(tensors: Iterable[Tensor]) -> Tensor:
    """Add tensors of one shape, one at a time."""
    return reduce(torch.add, tensors)


def box_max(values: Tensor, size: int) -> Tensor:
    """Take the maximum over a window of ``size`` x ``size`` pixels of the image.

    Args:
        values: Shape B x H x W; 0 where a pixel takes no part, and not below.
        size: Side of the window in pixels, odd.

    Returns:
        Shape B x H x W.
    """
    return F.max_pool2d(values[:, None], size, stride=1, padding=size // 2)[:, 0]


def require_odd(size: int, name: str) -> None:
    """Refuse a window without a pixel in its middle.

    Raises:
        ValueError: If ``size`` is no odd number above 0.
    """
    if size < 1 or size % 2 == 0:
        raise ValueError(
            f'Expected {name} to be an odd number of pixels, but got {size}. '
            'Set 3, 5, 31, ... in loss_decode.loss.'
        )
