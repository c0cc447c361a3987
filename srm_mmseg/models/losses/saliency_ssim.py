"""Structural similarity of a soft map and its mask, as a loss."""

from __future__ import annotations

import torch
from mmseg.registry import MODELS
from torch import Tensor

from srm_mmseg.models.losses.saliency_loss import SaliencyLoss
from srm_mmseg.models.losses.valid_windows import gaussian_mean, require_odd

C1, C2 = 0.01**2, 0.03**2


@MODELS.register_module()
class SaliencySSIM(SaliencyLoss):
    """One minus the structural similarity of map and mask, patch by patch (Qin et al., CVPR 2019).

    BASNet's loss of patches. It is high where a patch of the mask has a boundary that the map lacks or
    blurs, and goes down with the loss inside of objects and far from them. For use beside a loss of
    pixels and one of objects, as in BASNet: its gradient is small where a map is far off.

    Args:
        loss_weight: Factor of the loss.
        loss_name: Its name in the log, if a stage has several losses.
        window: Side of a patch, odd, in pixels.
        sigma: Standard deviation of the weights of a patch's pixels, in pixels.

    Raises:
        ValueError: If ``window`` is even.

    Example:
        >>> import torch
        >>> label = torch.zeros(1, 9, 9).long()
        >>> label[:, 2:6, 3:7] = 1
        >>> logits = torch.stack([torch.zeros(1, 9, 9), 20.0 * label - 10], dim=1)
        >>> loss = SaliencySSIM()
        >>> round(loss(logits, label).item(), 4), round(loss(-logits, label).item(), 4)
        (0.0, 1.4507)
    """

    def __init__(
        self,
        loss_weight: float = 1.0,
        loss_name: str = 'loss_ssim',
        window: int = 11,
        sigma: float = 1.5,
    ) -> None:
        super().__init__(loss_weight, loss_name)
        require_odd(window, 'window')
        self.window = window
        self.sigma = sigma

    def compute(self, logits: Tensor, mask: Tensor, valid: Tensor, weight: Tensor) -> Tensor:
        """Call ``ssim_loss`` on the foreground's probability."""
        return ssim_loss(logits.sigmoid(), mask, valid, weight, self.window, self.sigma)


def ssim_loss(
    foreground: Tensor,
    mask: Tensor,
    valid: Tensor,
    weight: Tensor,
    window: int = 11,
    sigma: float = 1.5,
) -> Tensor:
    """Average 1 - SSIM over an image's patches, then over images (BASNet, Section 3.4, l_ssim).

    With x the map and y the mask in the patch around a pixel, mu and s their means, variances and
    covariance, each pixel of the patch counted by a Gaussian of its distance:

        l_ssim = 1 - (2 mu_x mu_y + C1) (2 s_xy + C2) / ((mu_x^2 + mu_y^2 + C1) (s_x^2 + s_y^2 + C2))

    C1 = 0.01^2, C2 = 0.03^2. Patches are of valid pixels, around valid pixels; an image without any
    counts as 0.

    Note: the paper's code takes what is outside the image for 0 in map and mask; it is no part of a
    patch here.

    Args:
        foreground: The foreground's probability, shape B x H x W.
        mask: Shape B x H x W, {0, 1}.
        valid: Which pixels take part, shape B x H x W, {0, 1}.
        weight: Weight of each patch by its middle, shape B x H x W; 0 where it takes no part.
        window: Side of a patch in pixels, odd.
        sigma: Standard deviation of the Gaussian in pixels.

    Returns:
        A scalar from 0 to 2, for weights of 1.
    """
    moments = torch.stack([foreground, mask, foreground**2, foreground * mask])
    mean_x, mean_y, mean_xx, mean_xy = gaussian_mean(moments, valid, window, sigma)
    mean_yy = mean_y  # a mask of 0 and 1 is its own square
    spread = mean_xx - mean_x**2 + mean_yy - mean_y**2
    covariance = mean_xy - mean_x * mean_y
    similarity = (2 * mean_x * mean_y + C1) * (2 * covariance + C2)
    similarity = similarity / ((mean_x**2 + mean_y**2 + C1) * (spread + C2))
    return (((1 - similarity) * weight).sum((1, 2)) / valid.sum((1, 2)).clamp(min=1)).mean()
