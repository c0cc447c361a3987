"""Cross entropy of two channels, without waiting for the device."""

from __future__ import annotations

import torch.nn.functional as F
from mmseg.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class SaliencyCrossEntropy(nn.Module):
    """Pixel-wise softmax cross entropy of background and foreground.

    The same as ``CrossEntropyLoss(avg_non_ignore=True)``, computed from the difference of the two
    logits: -log softmax(s)_y = log(1 + exp(-/+ (s_1 - s_0))). The toolbox's counts the valid pixels
    on the host, which stops the host until the device has caught up; this one does not.

    Example:
        >>> import torch
        >>> logits = torch.tensor([[0.0, 2.0]]).reshape(1, 2, 1, 1)  # a pixel: background, foreground
        >>> round(SaliencyCrossEntropy()(logits, torch.ones(1, 1, 1)).item(), 4)
        0.1269
    """

    def forward(
        self, logits: Tensor, label: Tensor, weight: Tensor | None = None, ignore_index: int = 255
    ) -> Tensor:
        """Average over the pixels that are not ignored.

        Args:
            logits: Shape B x 2 x H x W.
            label: Shape B x H x W, {0, 1} or ``ignore_index``.
            weight: Weight of each pixel, shape B x H x W.
            ignore_index: Label to leave out.

        Returns:
            The loss, a scalar; 0 if every pixel is ignored.

        Raises:
            ValueError: If there are not two channels.
        """
        valid = label != ignore_index
        counted = valid if weight is None else valid * weight
        total = F.binary_cross_entropy_with_logits(
            foreground_logits(logits), (label == 1).float(), counted.float(), reduction='sum'
        )
        return total / valid.sum().clamp(min=1)


def foreground_logits(logits: Tensor) -> Tensor:
    """Turn two channels' logits into the foreground's against the background.

    Args:
        logits: Shape B x 2 x H x W.

    Returns:
        Shape B x H x W, float32; its sigmoid is the foreground's probability.

    Raises:
        ValueError: If there are not two channels.
    """
    if logits.shape[1] != 2:
        raise ValueError(
            f'Expected logits of 2 channels, but got {logits.shape[1]}. '
            'Set num_classes=2 in the decode head.'
        )
    background, foreground = logits.float().unbind(dim=1)
    return foreground - background
