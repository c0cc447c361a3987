"""Cross entropy that counts the pixels at contours more."""

from __future__ import annotations

import torch.nn.functional as F
from mmseg.registry import MODELS
from torch import Tensor

from srm_mmseg.models.losses.saliency_loss import SaliencyLoss
from srm_mmseg.models.losses.valid_windows import box_max, gaussian_mean, require_odd


@MODELS.register_module()
class ContourLoss(SaliencyLoss):
    """Contour loss (Chen et al., "Contour Loss", arXiv 1908.01975; IEEE TIP 2021).

    Cross entropy whose pixels count up to 1 + K times as much at the mask's contour. In place of
    plain cross entropy.

    Args:
        loss_weight: Factor of the loss.
        loss_name: Its name in the log, if a stage has several losses.
        contour_weight: K, what a pixel of the contour counts beyond 1.
        window: Side of the windows that find the contour and smooth it, odd, in pixels.
        sigma: Standard deviation of the smoothing, in pixels.

    Raises:
        ValueError: If ``window`` is even.

    Example:
        >>> import torch
        >>> label = torch.zeros(1, 20, 20).long()
        >>> label[:, :, 10:] = 1
        >>> wrong = torch.zeros(1, 2, 20, 20)
        >>> far, near = wrong.clone(), wrong.clone()
        >>> far[:, 1, :, 0], near[:, 1, :, 9] = 4.0, 4.0  # a column of the background
        >>> loss = ContourLoss()
        >>> round(((loss(near, label) - loss(wrong, label)) / (loss(far, label) - loss(wrong, label))).item(), 2)
        5.65
    """

    def __init__(
        self,
        loss_weight: float = 1.0,
        loss_name: str = 'loss_contour',
        contour_weight: float = 5.0,
        window: int = 5,
        sigma: float = 1.1,
    ) -> None:
        super().__init__(loss_weight, loss_name)
        require_odd(window, 'window')
        self.contour_weight = contour_weight
        self.window = window
        self.sigma = sigma

    def compute(self, logits: Tensor, mask: Tensor, valid: Tensor, weight: Tensor) -> Tensor:
        """Call ``contour_loss``."""
        return contour_loss(
            logits, mask, valid, weight, self.contour_weight, self.window, self.sigma
        )


def contour_loss(
    logits: Tensor,
    mask: Tensor,
    valid: Tensor,
    weight: Tensor,
    contour_weight: float = 5.0,
    window: int = 5,
    sigma: float = 1.1,
) -> Tensor:
    """Average M_i bce(p_i, g_i) over an image's pixels, then over images (arXiv 1908.01975, Eq. 5).

    With p = sigmoid(logits), the mask g, its dilation g^+ and erosion g^- by a window of 5 x 5:

        M = Gauss(K (g^+ - g^-)) + 1                (Eq. 4)

    Windows are of valid pixels; an image without any counts as 0, and one without a contour is plain
    cross entropy.

    Note: the paper sums over pixels, and describes the 1 as that of the pixels far from the contour;
    here every pixel has it. Gauss has the paper's 5 x 5 pixels, and the sigma that OpenCV gives them.

    Args:
        logits: Of the foreground against the background, shape B x H x W.
        mask: Shape B x H x W, {0, 1}.
        valid: Which pixels take part, shape B x H x W, {0, 1}.
        weight: Weight of each pixel's error, shape B x H x W; 0 where it takes no part.
        contour_weight: K.
        window: Side of all windows in pixels, odd.
        sigma: Standard deviation of Gauss in pixels.

    Returns:
        A scalar.
    """
    has_object = box_max(mask * valid, window)
    has_background = box_max((1 - mask) * valid, window)
    contour = has_object * has_background  # dilation minus erosion, of the valid pixels
    position = 1 + contour_weight * gaussian_mean(contour, valid, window, sigma)
    entropy = F.binary_cross_entropy_with_logits(logits, mask, position * weight, reduction='none')
    return (entropy.sum((1, 2)) / valid.sum((1, 2)).clamp(min=1)).mean()
