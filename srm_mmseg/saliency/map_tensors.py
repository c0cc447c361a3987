"""Logits to maps, in PyTorch; needs no toolbox.

The toolbox resizes the logits of all channels, and the probability is taken of what comes out:
:func:`foreground_of`. A softmax of two channels is the sigmoid of their difference, which resizing,
being linear, leaves alone. So an exported graph resizes one channel, :func:`log_odds`: the same but
for rounding.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from srm_mmseg.saliency.eight_bits import quantise

ROWS = 1024  # whose probabilities are computed at once


def resized(maps: Tensor, size: tuple[int, int] | torch.Size, align_corners: bool) -> Tensor:
    """Resize maps bilinearly, N x C x h x w to N x C x H x W; of logits or probabilities."""
    return F.interpolate(maps, size, mode='bilinear', align_corners=align_corners)


def image_scores(
    logits: Tensor, network: tuple[int, int], image: tuple[int, int], align_corners: bool
) -> Tensor:
    """Resize an image's logits as the toolbox does: to the network's size, then to the image's.

    Args:
        logits: Shape 1 x C x h x w.
        network: (H, W) of the network's images.
        image: (H, W) of the image.
        align_corners: How both are done.

    Returns:
        What :func:`foreground_of` takes: logits, C x H x W, or of one channel its sigmoid.
    """
    for size in (network, image):
        logits = resized(logits, size, align_corners)
    return logits[0] if logits.shape[1] > 1 else logits[0].sigmoid()


def log_odds(logits: Tensor) -> Tensor:
    """Turn logits, N x 1 or 2 x h x w, into those of the foreground against the background."""
    return logits if logits.shape[1] == 1 else logits[:, 1:] - logits[:, :1]


def foreground_of(scores: Tensor, stretch: bool = False) -> Tensor:
    """Compute the foreground's probability.

    Args:
        scores: Logits of background and foreground (2 x H x W), or the foreground's probability
            (1 x H x W: MMSegmentation has applied the sigmoid already).
        stretch: Stretch the map's values to 0..1 (min-max). A constant map stays as it is.

    Returns:
        Map, H x W, float32, 0 to 1.

    Raises:
        ValueError: If there are more than two channels.
    """
    if len(scores) > 2:
        raise ValueError(
            f'Expected a model of 1 or 2 output channels, but got {len(scores)}. '
            'Set num_classes=2 in the decode head.'
        )
    scores = scores.float()
    foreground = scores[0] if len(scores) == 1 else _foreground_channel(scores)
    if stretch and foreground.max() > foreground.min():
        foreground = (foreground - foreground.min()) / (foreground.max() - foreground.min())
    return foreground


def saliency_of(data_sample: dict, stretch: bool = False) -> np.ndarray:
    """Compute the 8-bit saliency map of a segmentor's prediction.

    Args:
        data_sample: What a segmentor predicts, with ``seg_logits`` as for :func:`foreground_of`.
        stretch: Stretch the map's values to 0..1 (min-max) before they are rounded to 8 bits.

    Returns:
        Map, H x W, uint8.

    Raises:
        ValueError: If the model has more than two channels.
    """
    foreground = foreground_of(data_sample['seg_logits']['data'], stretch)
    return quantise(foreground.cpu().numpy())


def _foreground_channel(scores: Tensor) -> Tensor:
    """Turn logits, 2 x H x W, into the foreground's probability, H x W, some rows at a time."""
    if scores.shape[1] <= ROWS:
        return torch.softmax(scores, dim=0)[1]
    foreground = scores.new_empty(scores.shape[1:])
    for rows, part in zip(scores.split(ROWS, dim=1), foreground.split(ROWS)):
        part.copy_(torch.softmax(rows, dim=0)[1])
    return foreground
