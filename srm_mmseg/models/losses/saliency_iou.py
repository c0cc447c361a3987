"""Intersection over union of a soft map and its mask, as a loss."""

from __future__ import annotations

from mmseg.registry import MODELS
from torch import Tensor

from srm_mmseg.models.losses.saliency_loss import SaliencyLoss


@MODELS.register_module()
class SaliencyIoU(SaliencyLoss):
    """One minus the soft intersection over union of the foreground (Mattyus et al., ICCV 2017).

    Cross entropy counts pixels one by one; this loss counts the object as a whole, and small objects
    as much as large ones. Beside cross entropy it makes maps surer, which lowers their MAE.

    Args:
        loss_weight: Factor of the loss.
        loss_name: Its name in the log, if a stage has several losses.

    Example:
        >>> import torch
        >>> foreground = torch.tensor([[[-90.0, 90.0, 90.0]]])
        >>> logits = torch.stack([torch.zeros(1, 1, 3), foreground], dim=1)
        >>> SaliencyIoU()(logits, torch.tensor([[[0, 0, 1]]])).item()  # one of two pixels is right
        0.5
    """

    def __init__(self, loss_weight: float = 1.0, loss_name: str = 'loss_iou') -> None:
        super().__init__(loss_weight, loss_name)

    def compute(self, logits: Tensor, mask: Tensor, valid: Tensor, weight: Tensor) -> Tensor:
        """Average over the images of a batch.

        An image without a foreground counts as 1 and teaches nothing.
        """
        foreground = logits.sigmoid()
        intersection = (foreground * mask * weight).sum((1, 2))
        union = ((foreground + mask) * weight).sum((1, 2)) - intersection
        return (1 - intersection / union.clamp(min=1e-6)).mean()
