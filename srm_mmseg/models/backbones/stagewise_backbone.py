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

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn

from srm_mmseg.models.backbones.merged_norms import merge_frozen_norms
from srm_mmseg.models.backbones.unused_layers import without_unused
from srm_mmseg.models.stage_channels import leave_word
from srm_mmseg.models.stage_features import check_deepest_last, taps_at, trunk_outputs

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
        strides: Of each stage's tap in stage order, such as (32, 16, 8): an image's side by the tap's.
            Of a trunk's outputs the last of that stride is taken, and the trunk is cut to what its
            taps need, so that a config gives trunks as they are. None takes all outputs of trunks
            that end at their last tap.
        channels_last: Lay the image out channels last in memory, and so all that is computed from
            it: the same numbers, faster on CPUs and on GPUs in mixed precision.
        merge_norms: In training, let convolutions do the work of frozen BN (``norm_eval=True``): the
            same gradients, faster, with half of the trunks' memory.
        init_cfg: Initialisation of the whole; usually None, in favour of the trunks' own.

    Raises:
        ValueError: If ``refinement`` is another text than ``'master'``, or a trunk has no output of a
            stride.

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
        strides: Sequence[int] | None = None,
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
        self.taps: dict[str, tuple[int, ...]] = {}
        if strides is not None:
            self.cut_at(strides)
        leave_word(self)

    def cut_at(self, strides: Sequence[int]) -> None:
        """Choose taps by strides, one a stage, and leave out of the trunks what these do not need."""
        of_master, of_refinement = strides[:1], strides[1:]
        if self.shares_master:
            of_master, of_refinement = strides, ()
        if len(of_master) == 0 or bool(of_refinement) != (self.refinement is not None):
            raise ValueError(
                'Expected backbone.strides to have one for each stage, the first for backbone.master '
                f'and others for backbone.refinement, but got {strides} and '
                f'{"no" if self.refinement is None else "a"} refinement trunk.'
            )
        for name, wanted in (('master', of_master), ('refinement', of_refinement)):
            if wanted:
                self.cut_trunk(name, wanted)

    def cut_trunk(self, name: str, strides: Sequence[int]) -> None:
        """Do the same for one trunk."""
        image = probe_of(self)

        def outputs_of(trunk: nn.Module) -> tuple[Tensor, ...]:
            with evaluation_mode(trunk):
                return trunk_outputs(trunk(image), name)

        def taps_of(trunk: nn.Module) -> list[Tensor]:
            maps = outputs_of(trunk)
            return [maps[index] for index in taps_at(maps, PROBE, strides, name)]

        trunk = without_unused(getattr(self, name), taps_of)
        setattr(self, name, trunk)
        self.taps[name] = taps_at(outputs_of(trunk), PROBE, strides, name)

    @torch.no_grad()
    def stage_channels(self) -> tuple[int, ...]:
        """Tell the channels of each stage's features, from those of a small image.

        Nothing changes by it: no statistics, no modes, no random numbers.
        """
        with evaluation_mode(self):
            return tuple(features.shape[1] for features in self(probe_of(self)))

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
            ValueError: If a trunk of several taps gives its deepest output first, where no strides
                choose.
        """
        if self.channels_last:
            image = image.contiguous(memory_format=torch.channels_last)
        if self.shares_master:
            return self.in_stage_order('master', image)
        features = self.in_stage_order('master', image)[:1]
        if self.refinement is not None:
            features += self.in_stage_order('refinement', image)
        return features

    def in_stage_order(self, name: str, image: Tensor) -> tuple[Tensor, ...]:
        """Run a trunk; give its taps, the deepest first."""
        maps = trunk_outputs(getattr(self, name)(image), name)
        if name in self.taps:
            return tuple(maps[index] for index in self.taps[name])
        if name == 'refinement' or self.shares_master:
            check_deepest_last(maps, name)
        return maps[::-1]


def build_refinement(config: dict | str | None) -> nn.Module | None:
    """Build the trunk of the stages t >= 2, if there is one."""
    if isinstance(config, str):
        raise ValueError(
            f'Expected backbone.refinement to be the config of a trunk, {SHARED!r} for one trunk that '
            f'all stages share, or None for T = 1, but got {config!r}.'
        )
    return None if config is None else MODELS.build(config)


def probe_of(module: nn.Module) -> Tensor:
    """Make the small image that tells a trunk's taps and channels."""
    parameter = next(module.parameters())
    return torch.zeros(1, 3, PROBE, PROBE, dtype=parameter.dtype, device=parameter.device)


@contextmanager
def evaluation_mode(module: nn.Module) -> Iterator[None]:
    """Set evaluation mode, without a call of any ``train``, and set back what was."""
    modes = {one: one.training for one in module.modules()}
    try:
        for one in modes:
            one.training = False
        yield
    finally:
        for one, is_training in modes.items():
            one.training = is_training
