"""Loss of every stage (Wang et al., ICCV 2017, Section 3)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmseg.models.losses import FocalLoss
from mmseg.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class AuxStageLoss(nn.Module):
    """L = sum_t lambda_t L_t over S_1, ..., S_T, each resized to the mask.

    Note: the paper writes L = L_T + sum_{t<T} lambda_t L_t; here the last stage has a weight too.

    Args:
        loss: Config of the loss of one stage, or a list of some that are added: any loss of
            MMSegmentation that is called as ``loss(logits, label, weight=, ignore_index=)``.
        stage_weights: lambda_t, one a stage.

    Example:
        >>> import torch
        >>> import srm_mmseg.register
        >>> loss = AuxStageLoss(stage_weights=(0.5, 1.0))
        >>> terms = loss([torch.zeros(1, 2, 3, 3), torch.zeros(1, 2, 5, 5)], torch.ones(1, 9, 9).long())
        >>> {name: round(term.item(), 4) for name, term in terms.items()}
        {'loss_s1': 0.3466, 'loss_s2': 0.6931}
    """

    def __init__(
        self,
        loss: dict | Sequence[dict] = dict(type='SaliencyCrossEntropy'),
        stage_weights: Sequence[float] = (1.0, 1.0, 1.0),
    ) -> None:
        super().__init__()
        configs = [loss] if isinstance(loss, dict) else loss
        self.losses = nn.ModuleList(MODELS.build(each) for each in configs)
        self.stage_weights = tuple(stage_weights)

    def forward(
        self,
        stage_logits: Sequence[Tensor],
        label: Tensor,
        weight: Tensor | None = None,
        ignore_index: int = 255,
        align_corners: bool = True,
    ) -> dict[str, Tensor]:
        """Compute one term a stage.

        Args:
            stage_logits: [S_1, ..., S_T], each B x C at its own size.
            label: Masks, shape B x H x W, {0, 1} or ``ignore_index``.
            weight: Weight of each pixel, shape B x H x W.
            ignore_index: Mask value to leave out.
            align_corners: How maps are resized to the mask.

        Returns:
            ``{'loss_s1': lambda_1 L_1, ..., 'loss_sT': lambda_T L_T}``, scalars.

        Raises:
            ValueError: If there is not one lambda a stage.
        """
        if len(self.stage_weights) != len(stage_logits):
            raise ValueError(
                f'Expected stage_weights to have one lambda for each of T = {len(stage_logits)} '
                f'stages, but got {len(self.stage_weights)}: {self.stage_weights}. '
                'Set loss_decode.stage_weights in the config.'
            )
        losses = {}
        for stage, (factor, logits) in enumerate(zip(self.stage_weights, stage_logits), start=1):
            resized = F.interpolate(
                logits, label.shape[1:], mode='bilinear', align_corners=align_corners
            )
            terms = [one_term(loss, resized, label, weight, ignore_index) for loss in self.losses]
            losses[f'loss_s{stage}'] = factor * torch.stack(terms).sum()
        return losses


def one_term(
    loss: nn.Module, logits: Tensor, label: Tensor, weight: Tensor | None, ignore_index: int
) -> Tensor:
    """Call a wrapped loss on logits of the mask's size."""
    if isinstance(loss, FocalLoss):
        # On a CPU the toolbox's focal loss takes a wrong slice of labels that are indices. It
        # takes one-hot labels right, which cannot say "ignore": a weight of 0 does.
        valid = label != ignore_index
        weight = (valid if weight is None else valid * weight).flatten().to(logits)
        label = F.one_hot(label * valid, logits.shape[1]).movedim(-1, 1)
    return loss(logits, label, weight=weight, ignore_index=ignore_index)
