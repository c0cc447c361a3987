"""Weighted cross entropy and weighted intersection over union, as a loss."""

from __future__ import annotations

import torch.nn.functional as F
from mmseg.registry import MODELS
from torch import Tensor

from srm_mmseg.models.losses.saliency_loss import SaliencyLoss
from srm_mmseg.models.losses.valid_windows import box_mean, require_odd


@MODELS.register_module()
class StructureLoss(SaliencyLoss):
    """The pixel position aware loss of F3Net (Wei et al., AAAI 2020), known as structure loss.

    Pixels whose surroundings are of the other kind count more: those at boundaries, in thin parts
    and in holes. It has both a pixel's term and the object's, and needs no other loss beside it.

    Args:
        loss_weight: Factor of the loss.
        loss_name: Its name in the log, if a stage has several losses.
        gamma: How much more than 1 a pixel may count.
        window: Side of a pixel's surroundings, odd, in pixels.

    Raises:
        ValueError: If ``window`` is even.

    Example:
        >>> import torch
        >>> label = torch.zeros(1, 9, 9).long()
        >>> label[:, 2:6, 3:7] = 1
        >>> round(StructureLoss()(torch.zeros(1, 2, 9, 9), label).item(), 4)
        1.4113
    """

    def __init__(
        self,
        loss_weight: float = 1.0,
        loss_name: str = 'loss_structure',
        gamma: float = 5.0,
        window: int = 31,
    ) -> None:
        super().__init__(loss_weight, loss_name)
        require_odd(window, 'window')
        self.gamma = gamma
        self.window = window

    def compute(self, logits: Tensor, mask: Tensor, valid: Tensor, weight: Tensor) -> Tensor:
        """Call ``structure_loss``."""
        return structure_loss(logits, mask, valid, weight, self.gamma, self.window)


def structure_loss(
    logits: Tensor,
    mask: Tensor,
    valid: Tensor,
    weight: Tensor,
    gamma: float = 5.0,
    window: int = 31,
) -> Tensor:
    """Compute L_ppa = L_wbce + L_wIoU (Wei et al., AAAI 2020, Eq. 6), averaged over images.

    With p = sigmoid(logits), the mask g, and A_i the window around pixel i:

        alpha_i = | mean_{A_i} g - g_i |
        L_wbce = sum_i (1 + gamma alpha_i) bce(p_i, g_i) / sum_i (1 + gamma alpha_i)
        L_wIoU = 1 - (1 + sum_i (1 + gamma alpha_i) p_i g_i)
                   / (1 + sum_i (1 + gamma alpha_i) (p_i + g_i - p_i g_i))

    Sums and means are over the valid pixels of an image; one without any counts as 0.

    Note: the paper divides L_wbce by sum_i gamma alpha_i, which is 0 for an empty mask, and has no 1 in
    L_wIoU's fraction. Both are as in its code here; an empty mask then teaches an empty map.

    Note: the paper's code takes what is outside the image for background; as in the paper's text it
    is no part of A_i here. Nor does an error's weight change alpha, or what L_wbce is divided by.

    Args:
        logits: Of the foreground against the background, shape B x H x W.
        mask: Shape B x H x W, {0, 1}.
        valid: Which pixels take part, shape B x H x W, {0, 1}.
        weight: Weight of each pixel's error, shape B x H x W; 0 where it takes no part.
        gamma: How much more than 1 a pixel may count.
        window: Side of A_i in pixels, odd.

    Returns:
        A scalar.
    """
    position = 1 + gamma * (box_mean(mask, valid, window) - mask).abs()
    counted = position * weight
    entropy = F.binary_cross_entropy_with_logits(logits, mask, counted, reduction='none')
    mean_entropy = entropy.sum((1, 2)) / (position * valid).sum((1, 2)).clamp(min=1)

    foreground = logits.sigmoid()
    intersection = (foreground * mask * counted).sum((1, 2))
    union = ((foreground + mask) * counted).sum((1, 2)) - intersection
    return (mean_entropy + 1 - (intersection + 1) / (union + 1)).mean()
