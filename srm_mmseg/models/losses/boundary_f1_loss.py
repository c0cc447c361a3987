"""F-measure of the boundaries of a soft map and its mask, as a loss."""

from __future__ import annotations

from mmseg.registry import MODELS
from torch import Tensor

from srm_mmseg.models.losses.saliency_loss import SaliencyLoss
from srm_mmseg.models.losses.valid_windows import box_max, require_odd


@MODELS.register_module()
class BoundaryF1Loss(SaliencyLoss):
    """One minus the F-measure of boundaries (Bokhovkin and Burnaev, ISNN 2019).

    It sees the boundary alone: how much of the map's lies close to the mask's, and the other way
    round. For use beside a loss that sees whole objects, since far from a boundary it teaches nothing.

    Args:
        loss_weight: Factor of the loss.
        loss_name: Its name in the log, if a stage has several losses.
        thickness: theta_0, side of the window that finds a boundary, odd, in pixels.
        tolerance: theta, side of the window around a boundary that counts as close, odd, in pixels.

    Raises:
        ValueError: If ``thickness`` or ``tolerance`` is even.

    Example:
        >>> import torch
        >>> label = torch.zeros(1, 9, 9).long()
        >>> label[:, 2:6, 3:7] = 1
        >>> logits = torch.stack([torch.zeros(1, 9, 9), 60.0 * label - 30], dim=1)
        >>> loss = BoundaryF1Loss()
        >>> round(loss(logits, label).item(), 4)
        0.0
        >>> round(loss(logits.roll(4, dims=-1), label).item(), 4)  # 10 of 12 are close
        0.1538
    """

    def __init__(
        self,
        loss_weight: float = 1.0,
        loss_name: str = 'loss_boundary',
        thickness: int = 3,
        tolerance: int = 5,
    ) -> None:
        super().__init__(loss_weight, loss_name)
        require_odd(thickness, 'thickness')
        require_odd(tolerance, 'tolerance')
        self.thickness = thickness
        self.tolerance = tolerance

    def compute(self, logits: Tensor, mask: Tensor, valid: Tensor, weight: Tensor) -> Tensor:
        """Call ``boundary_f1_loss`` on the foreground's probability."""
        return boundary_f1_loss(
            logits.sigmoid(), mask, valid, weight, self.thickness, self.tolerance
        )


def boundary_f1_loss(
    foreground: Tensor,
    mask: Tensor,
    valid: Tensor,
    weight: Tensor,
    thickness: int = 3,
    tolerance: int = 5,
) -> Tensor:
    """Average L_BF1 = 1 - 2 P R / (P + R) over images (Bokhovkin and Burnaev, ISNN 2019).

    With y a map (pd) or a mask (gt), and pool the maximum over a window:

        y^b = pool(1 - y, theta_0) - (1 - y)          the boundary, on the object's side
        y^b,ext = pool(y^b, theta)                    what is close to it
        P = (1 + sum y_pd^b y_gt^b,ext) / (1 + sum y_pd^b)
        R = (1 + sum y_gt^b y_pd^b,ext) / (1 + sum y_gt^b)

    Sums and windows are of the valid pixels of an image; one without any counts as 0.

    Note: the paper has no 1 in P and R. It defines the loss where there is no boundary, and bounds its
    gradient: a mask without one teaches a map without one.

    Args:
        foreground: The foreground's probability, shape B x H x W.
        mask: Shape B x H x W, {0, 1}.
        valid: Which pixels take part, shape B x H x W, {0, 1}.
        weight: Weight of each pixel in the sums, shape B x H x W; 0 where it takes no part.
        thickness: theta_0 in pixels, odd.
        tolerance: theta in pixels, odd.

    Returns:
        A scalar from 0 to 1.
    """
    drawn = inner_boundary(foreground, valid, thickness)
    true = inner_boundary(mask, valid, thickness)
    precision = matched_share(drawn, box_max(true, tolerance), weight)
    recall = matched_share(true, box_max(drawn, tolerance), weight)
    return (1 - 2 * precision * recall / (precision + recall)).mean()


def inner_boundary(values: Tensor, valid: Tensor, thickness: int) -> Tensor:
    """Find pixels of the object that have background in their window, B x H x W in [0, 1]."""
    background = (1 - values) * valid
    return (box_max(background, thickness) - background) * valid


def matched_share(boundary: Tensor, close: Tensor, weight: Tensor) -> Tensor:
    """Tell which part of each image's boundary lies close to the other one, B numbers."""
    counted = boundary * weight
    return ((counted * close).sum((1, 2)) + 1) / (counted.sum((1, 2)) + 1)
