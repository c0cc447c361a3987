"""Intersection over union of a soft map and its mask, as a loss."""

from __future__ import annotations

from mmseg.registry import MODELS
from torch import Tensor, nn

from srm_mmseg.models.losses.saliency_cross_entropy import foreground_logits


@MODELS.register_module()
class SaliencyIoU(nn.Module):
    """One minus the soft intersection over union of the foreground (Mattyus et al., ICCV 2017).

    Cross entropy counts pixels one by one; this loss counts the object as a whole, and small objects
    as much as large ones. Beside cross entropy it makes maps surer, which lowers their MAE.

    Args:
        loss_weight: Factor of the loss.

    Example:
        >>> import torch
        >>> foreground = torch.tensor([[[-90.0, 90.0, 90.0]]])
        >>> logits = torch.stack([torch.zeros(1, 1, 3), foreground], dim=1)
        >>> SaliencyIoU()(logits, torch.tensor([[[0, 0, 1]]])).item()  # one of two pixels is right
        0.5
    """

    def __init__(self, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(
        self, logits: Tensor, label: Tensor, weight: Tensor | None = None, ignore_index: int = 255
    ) -> Tensor:
        """Average over the images of a batch.

        Args:
            logits: Shape B x 2 x H x W.
            label: Shape B x H x W, {0, 1} or ``ignore_index``.
            weight: Weight of each pixel, shape B x H x W.
            ignore_index: Label to leave out.

        Returns:
            The loss, a scalar from 0 to ``loss_weight``; an image without a foreground counts as
            ``loss_weight`` and teaches nothing.

        Raises:
            ValueError: If there are not two channels.
        """
        foreground = foreground_logits(logits).sigmoid()
        valid = label != ignore_index
        counted = (valid if weight is None else valid * weight).float()
        mask = (label == 1) * counted
        intersection = (foreground * mask).sum((1, 2))
        union = (foreground * counted).sum((1, 2)) + mask.sum((1, 2)) - intersection
        return self.loss_weight * (1 - intersection / union.clamp(min=1e-6)).mean()
