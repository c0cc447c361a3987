"""The stages of SRM (Wang et al., ICCV 2017, Section 3).

Shape shorthand: B images; sizes for 353 x 353. A map has 2 channels: background, foreground.

| symbol     | attribute              | shape                            |
|------------|------------------------|----------------------------------|
| C5         | input 0                | B x 2048 x 12 x 12               |
| F_2, F_3   | inputs 1, 2            | B x 64 x 23 x 23, B x 64 x 45 x 45 |
| Conv6      | `conv6`                | B x 256 x 12 x 12                |
| Conv7      | `conv_seg`             | S1: B x 2 x 12 x 12              |
| R_{t-1}    | `refinements[t - 2]`   | S2, S3: B x 2 x 23 x 23, x 45 x 45 |
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.registry import MODELS
from torch import Tensor, nn

from srm_mmseg.models.conv_norm_pairs import is_plain_convolution
from srm_mmseg.models.inference_form import InferenceForm
from srm_mmseg.models.losses.aux_stage_loss import AuxStageLoss
from srm_mmseg.models.stage_channels import channels_before
from srm_mmseg.models.stage_features import check_stage_features
from srm_mmseg.saliency.last_stages import PredictedStages, leave
from srm_mmseg.saliency.stages import chosen_stage


class RefinementModule(nn.Module):
    """R_{t-1}: sharpen the map of the stage before with this stage's features.

    Args:
        in_channels: Channels of F_t.
        num_classes: Channels of a saliency map.
        align_corners: How the map of the stage before is upsampled.

    Example:
        >>> refine = RefinementModule(in_channels=6, num_classes=2, align_corners=True)
        >>> tuple(refine(torch.zeros(1, 2, 3, 3), torch.zeros(1, 6, 5, 5)).shape)
        (1, 2, 5, 5)
    """

    def __init__(self, in_channels: int, num_classes: int, align_corners: bool) -> None:
        super().__init__()
        self.align_corners = align_corners
        self.conv1 = nn.Conv2d(num_classes + in_channels, num_classes, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(num_classes, num_classes, 3, padding=1, bias=False)

    def forward(self, coarse: Tensor, features: Tensor) -> Tensor:
        """Compute S_t = R_{t-1}(S_{t-1}, F_t).

        Args:
            coarse: Logits S_{t-1}, shape B x num_classes x h' x w'.
            features: F_t, shape B x in_channels x h x w.

        Returns:
            Logits S_t, shape B x num_classes x h x w.
        """
        upsampled = F.interpolate(
            coarse, features.shape[2:], mode='bilinear', align_corners=self.align_corners
        )
        return self.conv2(self.conv1(torch.cat([upsampled, features], dim=1)))


@MODELS.register_module()
class SRMHead(BaseDecodeHead, InferenceForm):
    """Draw a coarse saliency map and sharpen it stage by stage.

    Args:
        in_channels: Channels of each stage's features, in stage order. Its length is T. None takes
            those of the neck, or of the backbone without one.
        channels: Channels of Conv6.
        num_classes: Channels of a saliency map.
        conv7_kernel: Kernel size of Conv7: 3 in the paper, 1 in the released network.
        align_corners: How maps are upsampled.
        loss_decode: An ``AuxStageLoss``.
        ignore_index: Mask value that the loss leaves out.
        init_cfg: Initialisation. The default is the release's MSRA filler.

    Raises:
        TypeError: If ``loss_decode`` is another loss.
        ValueError: If no part before the head tells ``in_channels``.

    Example:
        >>> import srm_mmseg.register
        >>> head = SRMHead(in_channels=(64, 6, 6), channels=8)
        >>> features = torch.zeros(1, 64, 3, 3), torch.zeros(1, 6, 5, 5), torch.zeros(1, 6, 9, 9)
        >>> [tuple(one.shape) for one in head(features)]  # S1, S2, S3
        [(1, 2, 3, 3), (1, 2, 5, 5), (1, 2, 9, 9)]
    """

    def __init__(
        self,
        in_channels: Sequence[int] | None = None,
        channels: int = 256,
        *,
        num_classes: int = 2,
        conv7_kernel: int = 3,
        align_corners: bool = True,
        loss_decode: dict = dict(type='AuxStageLoss'),
        ignore_index: int = 255,
        init_cfg: dict | None = None,
    ) -> None:
        msra = dict(type='Kaiming', layer='Conv2d', mode='fan_in', nonlinearity='relu')
        in_channels = channels_before(in_channels, 'decode_head')
        super().__init__(
            in_channels=in_channels,
            channels=channels,
            num_classes=num_classes,
            out_channels=num_classes,
            dropout_ratio=0,
            in_index=tuple(range(len(in_channels))),
            input_transform='multiple_select',
            loss_decode=loss_decode,
            ignore_index=ignore_index,
            align_corners=align_corners,
            init_cfg=init_cfg or msra,
        )
        if not isinstance(self.loss_decode, AuxStageLoss):
            raise TypeError(
                f'Expected loss_decode to be an AuxStageLoss, but got {loss_decode}. Wrap it: '
                "loss_decode=dict(type='AuxStageLoss', loss=dict(...))."
            )
        self.conv6 = nn.Conv2d(in_channels[0], channels, 3, padding=1, bias=False)
        self.conv_seg = nn.Conv2d(channels, num_classes, conv7_kernel, padding=conv7_kernel // 2)
        self.refinements = nn.ModuleList(
            RefinementModule(feature_channels, num_classes, align_corners)
            for feature_channels in in_channels[1:]
        )
        self.merged: nn.Sequential | None = None  # once merged
        self.register_load_state_dict_pre_hook(refuse_other_stages)

    def merge_for_inference(self) -> None:
        """Merge Conv6 and Conv7, between which there is no activation, for inference.

        Conv7's taps are contracted with Conv6's channels: num_classes * taps channels instead of
        256. Then each tap's channel is shifted into place, with zeros outside as before. Layers
        that are more than plain convolutions stay as they are.
        """
        if self.merged is not None:
            return
        if not (is_plain_convolution(self.conv6) and is_plain_convolution(self.conv_seg)):
            return
        weight = self.conv_seg.weight
        classes, _, kernel, _ = weight.shape
        taps = torch.einsum('kmij,mcab->kijcab', weight.double(), self.conv6.weight.double())
        convolve = nn.Conv2d(self.conv6.in_channels, classes * kernel**2, 3, padding=1, bias=False)
        shift = nn.Conv2d(
            convolve.out_channels, classes, kernel, padding=kernel // 2, groups=classes
        )
        convolve.weight = nn.Parameter(taps.flatten(0, 2).to(weight))
        places = torch.eye(kernel**2).view(1, kernel**2, kernel, kernel)
        shift.weight = nn.Parameter(places.repeat(classes, 1, 1, 1).to(weight))
        shift.bias = self.conv_seg.bias
        self.merged = nn.Sequential(convolve, shift).requires_grad_(False)
        del self.conv6, self.conv_seg

    def forward(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Compute every stage's map.

        Args:
            inputs: One feature map a stage in stage order: (C5, F_2, ..., F_T).

        Returns:
            Logits [S_1, ..., S_T], each B x num_classes at its stage's own size.

        Raises:
            ValueError: If there is not one feature map a stage, of ``in_channels``.
        """
        check_stage_features(inputs, self.in_channels, 'decode_head')
        first = inputs[0]
        stages = [self.cls_seg(self.conv6(first)) if self.merged is None else self.merged(first)]
        for refine, features in zip(self.refinements, inputs[1:]):
            stages.append(refine(stages[-1], features))
        return stages

    def loss_by_feat(self, seg_logits: list[Tensor], batch_data_samples: list) -> dict:
        """Compute one loss term a stage, and the last stage's pixel accuracy.

        Args:
            seg_logits: Logits of every stage.
            batch_data_samples: Samples with masks ``gt_sem_seg``, 1 x H x W.

        Returns:
            The terms of ``loss_decode`` (``loss_s1``, ...) and ``acc_seg`` in percent.
        """
        mask = self._stack_batch_gt(batch_data_samples).squeeze(1)
        losses = self.loss_decode(
            seg_logits, mask, ignore_index=self.ignore_index, align_corners=self.align_corners
        )
        final = F.interpolate(
            seg_logits[-1].detach(),
            mask.shape[1:],
            mode='bilinear',
            align_corners=self.align_corners,
        )
        valid = mask != self.ignore_index
        hits = (final.argmax(dim=1) == mask) & valid
        losses['acc_seg'] = 100 * hits.sum() / valid.sum().clamp(min=1)
        return losses

    def predict(
        self, inputs: Sequence[Tensor], batch_img_metas: list[dict], test_cfg: dict
    ) -> Tensor:
        """Compute one stage's map at the images' size; the others are left in ``saliency.last_stages``.

        Args:
            inputs: One feature map a stage in stage order.
            batch_img_metas: Meta information of the images.
            test_cfg: The model's; ``stage`` is the index of the stage, 0 for S1, -1 (the last) by default.

        Returns:
            Logits, shape B x num_classes x H x W.

        Raises:
            ValueError: If the model has no such stage.
        """
        stages = [each.float() for each in self.forward(inputs)]
        chosen = chosen_stage(test_cfg, len(stages))
        predicted = self.predict_by_feat(stages[chosen - 1], batch_img_metas)
        height, width = predicted.shape[2:]
        kept = [each.detach() for each in stages]
        leave(PredictedStages(kept, chosen, (height, width), self.align_corners))
        return predicted


def refuse_other_stages(head: SRMHead, state_dict: dict, prefix: str, *_: object) -> None:
    """Refuse weights of an SRM with another number of stages.

    The toolbox loads what fits and only logs the rest, so that a head of other stages would run
    with random layers.

    Raises:
        ValueError: If the weights hold this head with another T.
    """
    if f'{prefix}conv6.weight' not in state_dict:
        return
    start = f'{prefix}refinements.'
    stored = 1 + len(
        {key[len(start) :].split('.')[0] for key in state_dict if key.startswith(start)}
    )
    expected = len(head.in_channels)
    if stored != expected:
        raise ValueError(
            f'Expected weights of an SRM with T = {expected} stages, but got T = {stored}. '
            'Use the config that the weights were trained with, or give backbone.refinement an output '
            'a stage t >= 2, and neck.in_channels and decode_head.in_channels, if the config has '
            'them, an entry a stage.'
        )
