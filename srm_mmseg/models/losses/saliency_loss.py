"""What saliency's losses of a map and its mask have in common.

Shapes: B images of H x W pixels.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from numbers import Real

import torch
from torch import Tensor, nn


class SaliencyLoss(nn.Module, ABC):
    """A loss of the foreground's logits, called as the toolbox calls its own.

    Args:
        loss_weight: Factor of the loss.
        loss_name: What its term is called in the log, with ``loss_`` before it.

    Raises:
        ValueError: If the factor is no number, negative or not finite.
    """

    def __init__(self, loss_weight: float, loss_name: str) -> None:
        super().__init__()
        self.loss_weight = checked_weight(loss_weight, f'loss_weight of {type(self).__name__}')
        self.loss_name = loss_name

    def forward(
        self, logits: Tensor, label: Tensor, weight: Tensor | None = None, ignore_index: int = 255
    ) -> Tensor:
        """Compute the loss, in float32 or more.

        Args:
            logits: Shape B x 2 x H x W.
            label: Shape B x H x W, {0, 1} or ``ignore_index``.
            weight: Weight of each pixel's error, shape B x H x W.
            ignore_index: Label to leave out.

        Returns:
            The loss times ``loss_weight``, a scalar.

        Raises:
            ValueError: If there are not two channels.
        """
        foreground = foreground_logits(logits)
        valid = (label != ignore_index).to(foreground)
        counted = valid if weight is None else valid * weight.to(foreground)
        mask = (label == 1).to(foreground)
        return self.loss_weight * self.compute(foreground, mask, valid, counted)

    @abstractmethod
    def compute(self, logits: Tensor, mask: Tensor, valid: Tensor, weight: Tensor) -> Tensor:
        """Compute the loss of the foreground's logits.

        Args:
            logits: Of the foreground against the background, shape B x H x W.
            mask: Shape B x H x W, {0, 1}.
            valid: Which pixels take part, shape B x H x W, {0, 1}.
            weight: Weight of each pixel's error, shape B x H x W; 0 where it takes no part.

        Returns:
            A scalar.
        """


def checked_weight(weight: float, place: str) -> float:
    """Check the weight of a loss.

    Raises:
        ValueError: If it is no number, negative or not finite; it names the place in the config.
    """
    if not isinstance(weight, Real) or not 0 <= weight < math.inf:
        raise ValueError(f'Expected {place} to be numbers of 0 or more, but got {weight!r}.')
    return weight


def foreground_logits(logits: Tensor) -> Tensor:
    """Turn two channels' logits into the foreground's against the background.

    Args:
        logits: Shape B x 2 x H x W.

    Returns:
        Shape B x H x W, float64 as it was, else float32; its sigmoid is the foreground's probability.

    Raises:
        ValueError: If there are not two channels.
    """
    if logits.shape[1] != 2:
        raise ValueError(
            f'Expected logits of 2 channels, but got {logits.shape[1]}. '
            'Set num_classes=2 in the decode head.'
        )
    background, foreground = logits.to(torch.promote_types(logits.dtype, torch.float32)).unbind(1)
    return foreground - background
