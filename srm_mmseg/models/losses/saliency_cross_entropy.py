"""Cross entropy of two channels, without waiting for the device."""

from __future__ import annotations

import torch.nn.functional as F
from mmseg.registry import MODELS
from torch import Tensor

from srm_mmseg.models.losses.saliency_loss import SaliencyLoss


@MODELS.register_module()
class SaliencyCrossEntropy(SaliencyLoss):
    """Pixel-wise softmax cross entropy of background and foreground.

    The same as ``CrossEntropyLoss(avg_non_ignore=True)``, computed from the difference of the two
    logits: -log softmax(s)_y = log(1 + exp(-/+ (s_1 - s_0))). The toolbox's counts the valid pixels
    on the host, which stops the host until the device has caught up; this one does not.

    Args:
        loss_weight: Factor of the loss.
        loss_name: Its name in the log, if a stage has several losses.

    Example:
        >>> import torch
        >>> logits = torch.tensor([[0.0, 2.0]]).reshape(1, 2, 1, 1)  # a pixel: background, foreground
        >>> round(SaliencyCrossEntropy()(logits, torch.ones(1, 1, 1)).item(), 4)
        0.1269
    """

    def __init__(self, loss_weight: float = 1.0, loss_name: str = 'loss_ce') -> None:
        super().__init__(loss_weight, loss_name)

    def compute(self, logits: Tensor, mask: Tensor, valid: Tensor, weight: Tensor) -> Tensor:
        """Average over the valid pixels of a batch; 0 if there are none."""
        total = F.binary_cross_entropy_with_logits(logits, mask, weight, reduction='sum')
        return total / valid.sum().clamp(min=1)
