"""The trunks that feed the stages of SRM (Wang et al., ICCV 2017, Section 3).

Shape shorthand: B images, H x W pixels; sizes for 353 x 353 and two ResNet-50.

| symbol | attribute    | index | shape             |
|--------|--------------|-------|-------------------|
| C5     | `master`     | 0     | B x 2048 x 12 x 12 |
| C4'    | `refinement` | 1     | B x 1024 x 23 x 23 |
| C3'    | `refinement` | 2     | B x  512 x 45 x 45 |

Index t-1 belongs to stage t, in this module and in all that follow it. One trunk for all stages
gives C5, C4, C3, all of `master`.
"""

from __future__ import annotations

import torch
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn

from srm_mmseg.models.backbones.merged_norms import merge_frozen_norms
from srm_mmseg.models.stage_channels import leave_word
from srm_mmseg.models.stage_features import check_deepest_last, trunk_outputs

SHARED = 'master'
"""What a config gives for ``refinement`` to let all stages share the master trunk."""

PROBE = 64  # pixels, a side of the image that tells a trunk's channels


@MODELS.register_module()
class StagewiseBackbone(BaseModule):
    """A master trunk for stage 1 and a refinement trunk for the stages after it, or one for all.

    Each trunk has its own parameters and its own ``init_cfg``. Any backbone of MMSegmentation
    fits in either place.

    Args:
        master: Config of the trunk of stage 1. Its last output is C5; ask for no other
            (``out_indices``), as some backbones have a norm layer for each output.
        refinement: Config of the trunk that all stages t >= 2 share. Its outputs, deepest last
            as MMSegmentation's backbones give them, are the taps of stages T, ..., 2: one stage
            an output. Leave out layers past the last tap (``num_stages``): distributed training
            fails on parameters without a gradient. ``'master'`` lets all stages share the master
            trunk, whose outputs are then the taps of stages T, ..., 1. None is T = 1, the
            feed-forward baseline.
        channels_last: Lay the image out channels last in memory, and so all that is computed from
            it: the same numbers, faster on CPUs and on GPUs in mixed precision.
        merge_norms: In training, let convolutions do the work of frozen BN (``norm_eval=True``): the
            same gradients, faster, with half of the trunks' memory.
        init_cfg: Initialisation of the whole; usually None, in favour of the trunks' own.

    Raises:
        ValueError: If ``refinement`` is another text than ``'master'``.

    Example:
        >>> import srm_mmseg.register
        >>> resnet = dict(type='ResNet', depth=18, stem_channels=8, base_channels=8)
        >>> backbone = StagewiseBackbone(
        ...     master=dict(resnet, strides=(1, 2, 2, 2), dilations=(1, 1, 1, 1), out_indices=(3,)),
        ...     refinement=dict(
        ...         resnet, num_stages=3, strides=(1, 2, 2), dilations=(1, 1, 1), out_indices=(1, 2)
        ...     ),
        ... )
        >>> [tuple(one.shape) for one in backbone(torch.zeros(1, 3, 65, 65))]
        [(1, 64, 3, 3), (1, 32, 5, 5), (1, 16, 9, 9)]
    """

    def __init__(
        self,
        master: dict,
        refinement: dict | str | None = None,
        channels_last: bool = True,
        merge_norms: bool = True,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.channels_last = channels_last
        self.merge_norms = merge_norms
        self.master = MODELS.build(master)
        self.shares_master = refinement == SHARED
        self.refinement = None if self.shares_master else build_refinement(refinement)
        leave_word(self)

    @torch.no_grad()
    def stage_channels(self) -> tuple[int, ...]:
        """Tell the channels of each stage's features, from those of a small image.

        Nothing changes by it: no statistics, no modes, no random numbers.
        """
        parameter = next(self.parameters())
        image = torch.zeros(1, 3, PROBE, PROBE, dtype=parameter.dtype, device=parameter.device)
        modes = {module: module.training for module in self.modules()}
        try:
            for module in modes:
                module.training = False
            return tuple(features.shape[1] for features in self(image))
        finally:
            for module, is_training in modes.items():
                module.training = is_training

    def train(self, mode: bool = True) -> StagewiseBackbone:
        """Set the training mode; trunks freeze their BN in it."""
        super().train(mode)
        if self.merge_norms:
            merge_frozen_norms(self)
        return self

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Compute every stage's features.

        Args:
            image: Normalised images, shape B x 3 x H x W.

        Returns:
            One feature map a stage in stage order: (C5, C4', C3') for the paper's model.

        Raises:
            TypeError: If a trunk gives something else than feature maps.
            ValueError: If a trunk of several taps gives its deepest output first.
        """
        if self.channels_last:
            image = image.contiguous(memory_format=torch.channels_last)
        outputs = trunk_outputs(self.master(image), 'master')
        if self.shares_master:
            return in_stage_order(outputs, 'master')
        if self.refinement is None:
            return outputs[-1:]
        taps = trunk_outputs(self.refinement(image), 'refinement')
        return outputs[-1:] + in_stage_order(taps, 'refinement')


def build_refinement(config: dict | str | None) -> nn.Module | None:
    """Build the trunk of the stages t >= 2, if there is one."""
    if isinstance(config, str):
        raise ValueError(
            f'Expected backbone.refinement to be the config of a trunk, {SHARED!r} for one trunk that '
            f'all stages share, or None for T = 1, but got {config!r}.'
        )
    return None if config is None else MODELS.build(config)


def in_stage_order(taps: tuple[Tensor, ...], trunk: str) -> tuple[Tensor, ...]:
    """Turn a trunk's outputs, deepest last, into the order of the stages, deepest first."""
    check_deepest_last(taps, trunk)
    return taps[::-1]
