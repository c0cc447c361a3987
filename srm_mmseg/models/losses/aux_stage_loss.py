"""Loss of every stage (Wang et al., ICCV 2017, Section 3)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import torch.nn.functional as F
from mmseg.models.losses import FocalLoss
from mmseg.registry import MODELS
from torch import Tensor, nn

from srm_mmseg.models.losses.saliency_loss import checked_weight


@MODELS.register_module()
class AuxStageLoss(nn.Module):
    """L = sum_t lambda_t L_t over S_1, ..., S_T, each resized to the mask.

    Note: the paper writes L = L_T + sum_{t<T} lambda_t L_t; here the last stage has a weight too.

    Args:
        loss: Config of the loss of one stage, or a list of some that are added, each with its own
            ``loss_weight``: any loss of MMSegmentation that is called as
            ``loss(logits, label, weight=, ignore_index=)``.
        stage_weights: lambda_t, one a stage; 0 leaves a stage's loss out.

    Raises:
        ValueError: If ``loss`` is an empty list, two losses of it have one ``loss_name``, or a weight is
            no number, negative or not finite.

    Example:
        >>> import torch
        >>> import srm_mmseg.register
        >>> loss = AuxStageLoss(stage_weights=(0.5, 1.0))
        >>> terms = loss([torch.zeros(1, 2, 3, 3), torch.zeros(1, 2, 5, 5)], torch.ones(1, 9, 9).long())
        >>> {name: round(term.item(), 4) for name, term in terms.items()}
        {'loss_s1': 0.3466, 'loss_s2': 0.6931}
        >>> loss = AuxStageLoss([dict(type='SaliencyCrossEntropy'), dict(type='SaliencyIoU')], (1.0,))
        >>> list(loss([torch.zeros(1, 2, 3, 3)], torch.ones(1, 9, 9).long()))
        ['loss_s1_ce', 'loss_s1_iou']
    """

    def __init__(
        self,
        loss: dict | Sequence[dict] = dict(type='SaliencyCrossEntropy'),
        stage_weights: Sequence[float] = (1.0, 1.0, 1.0),
    ) -> None:
        super().__init__()
        configs: Sequence = loss if isinstance(loss, (list, tuple)) else [loss]
        losses = [build_loss(each) for each in configs]
        self.suffixes = term_suffixes(losses)
        self.losses = nn.ModuleList(losses)
        self.stage_weights = tuple(
            checked_weight(weight, 'loss_decode.stage_weights') for weight in stage_weights
        )

    def forward(
        self,
        stage_logits: Sequence[Tensor],
        label: Tensor,
        weight: Tensor | None = None,
        ignore_index: int = 255,
        align_corners: bool = True,
    ) -> dict[str, Tensor]:
        """Compute one term for each stage and loss.

        Args:
            stage_logits: [S_1, ..., S_T], each B x C at its own size.
            label: Masks, shape B x H x W, {0, 1} or ``ignore_index``.
            weight: Weight of each pixel, shape B x H x W.
            ignore_index: Mask value to leave out.
            align_corners: How maps are resized to the mask.

        Returns:
            ``{'loss_s1': lambda_1 L_1, ..., 'loss_sT': lambda_T L_T}``, scalars. With several losses
            each has a term of its own, named after its ``loss_name``: ``loss_s1_ce``,
            ``loss_s1_iou``, ...; their sum is L.

        Raises:
            ValueError: If there is not one lambda a stage.
        """
        if len(self.stage_weights) != len(stage_logits):
            raise ValueError(
                f'Expected stage_weights to have one lambda for each of T = {len(stage_logits)} '
                f'stages, but got {len(self.stage_weights)}: {self.stage_weights}. '
                'Set loss_decode.stage_weights in the config.'
            )
        terms = {}
        for stage, (factor, logits) in enumerate(zip(self.stage_weights, stage_logits), start=1):
            resized = F.interpolate(
                logits, label.shape[1:], mode='bilinear', align_corners=align_corners
            )
            for suffix, loss in zip(self.suffixes, self.losses):
                term = one_term(loss, resized, label, weight, ignore_index)
                terms[f'loss_s{stage}{suffix}'] = factor * term
        return terms


def build_loss(config: dict) -> nn.Module:
    """Build a loss; the toolbox's advice on ``avg_non_ignore`` goes to configs that do not set it.

    Raises:
        ValueError: If it is no config.
    """
    if not isinstance(config, dict):
        raise ValueError(
            f'Expected loss_decode.loss to be the config of a loss, or a list of some, but got '
            f"{config!r}. Write dict(type='SaliencyIoU'), for instance."
        )
    with warnings.catch_warnings():
        if 'avg_non_ignore' in config:
            warnings.filterwarnings('ignore', 'Default ``avg_non_ignore`` is False')
        return MODELS.build(config)


def term_suffixes(losses: Sequence[nn.Module]) -> list[str]:
    """Tell a stage's terms apart: ``_ce``, ``_iou``, ...; one loss needs no suffix.

    Raises:
        ValueError: If there is no loss, or if two have one name.
    """
    if not losses:
        raise ValueError(
            'Expected at least one loss, but got an empty list. '
            "Set loss_decode.loss in the config, for instance to [dict(type='SaliencyCrossEntropy')]."
        )
    if len(losses) == 1:
        return ['']
    names = [getattr(loss, 'loss_name', type(loss).__name__) for loss in losses]
    if len({*names}) < len(names):
        raise ValueError(
            f'Expected losses of different names, but got {names}. '
            "Give each a loss_name of its own in loss_decode.loss, such as loss_name='loss_ce2'."
        )
    return [f'_{name.removeprefix("loss_")}' for name in names]


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
