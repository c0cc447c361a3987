"""EfficientNet-Lite, a small trunk (TensorFlow's EfficientNet, 2020; blocks of Sandler et al., CVPR 2018).

Shape shorthand: B images, H x W pixels; sizes for lite0 and 353 x 353.

| stage | attribute   | index | shape             |
|-------|-------------|-------|-------------------|
| stem  | `stem`      |       | B x  32 x 177 x 177 |
| 1     | `stages[0]` | 0     | B x  16 x 177 x 177 |
| 2     | `stages[1]` | 1     | B x  24 x 89 x 89   |
| 3     | `stages[2]` | 2     | B x  40 x 45 x 45   |
| 4     | `stages[3]` | 3     | B x  80 x 23 x 23   |
| 5     | `stages[4]` | 4     | B x 112 x 23 x 23   |
| 6     | `stages[5]` | 5     | B x 192 x 12 x 12   |
| 7     | `stages[6]` | 6     | B x 320 x 12 x 12   |
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmseg.models.utils import InvertedResidualV3, make_divisible
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from srm_mmseg.models.backbones.same_conv import replace_adaptive_padding


class Stage(NamedTuple):
    """Blocks of one size and width."""

    expansion: int
    channels: int
    blocks: int
    stride: int
    kernel: int


STEM_CHANNELS = 32
STAGES = (
    Stage(1, 16, 1, 1, 3),
    Stage(6, 24, 2, 2, 3),
    Stage(6, 40, 2, 2, 5),
    Stage(6, 80, 3, 2, 3),
    Stage(6, 112, 3, 1, 5),
    Stage(6, 192, 4, 2, 5),
    Stage(6, 320, 1, 1, 3),
)
"""Those of lite0."""

SCALES = dict(lite0=(1.0, 1.0), lite1=(1.0, 1.1), lite2=(1.1, 1.2))
"""Name -> what channels and blocks are multiplied by."""

PUBLISHED_BLOCK_NAMES = {
    '_expand_conv': 'expand_conv.conv',
    '_bn0': 'expand_conv.bn',
    '_depthwise_conv': 'depthwise_conv.conv',
    '_bn1': 'depthwise_conv.bn',
    '_project_conv': 'linear_conv.conv',
    '_bn2': 'linear_conv.bn',
}
"""Layers of a block, as the published weights name them and as the toolbox's block does."""

CLASSIFIER = ('_conv_head', '_bn1', '_fc')
"""Published layers behind the last stage."""


@MODELS.register_module()
class EfficientNetLite(BaseModule):
    """EfficientNet without squeeze-and-excitation and with ReLU6, up to the last tap.

    It expects RGB images as ``(x - 127) / 128``. Convolutions of stride 2 pad as TensorFlow's "SAME":
    more below and on the right where a side is even.

    Args:
        scale: ``'lite0'``, ``'lite1'`` or ``'lite2'``.
        out_indices: Stages to tap, from 0 to 6. None past the last of them is built.
        frozen_stages: The stem and this many stages are not trained; -1 trains all, 0 freezes the
            stem alone.
        norm_cfg: Config of the BN layers.
        norm_eval: Keep the stored BN statistics in training too; scale and shift are learned.
        with_cp: Compute blocks anew in the backward pass, which takes less memory and more time.
        init_cfg: Initialisation. For the published ImageNet weights
            ``dict(type='Pretrained', checkpoint='efficientnet-lite://lite0')``, which takes them from
            the package of the extra ``[pretrained]``.

    Raises:
        ValueError: If ``scale`` or a tap is another.

    Example:
        >>> import torch
        >>> trunk = EfficientNetLite('lite0', out_indices=(2, 4))
        >>> [tuple(one.shape) for one in trunk(torch.zeros(1, 3, 65, 65))]
        [(1, 40, 9, 9), (1, 112, 5, 5)]
    """

    def __init__(
        self,
        scale: str = 'lite0',
        out_indices: Sequence[int] = (6,),
        frozen_stages: int = -1,
        norm_cfg: dict = dict(type='BN', eps=1e-3, momentum=0.01),
        norm_eval: bool = False,
        with_cp: bool = False,
        init_cfg: dict | None = None,
    ) -> None:
        msra = dict(type='Kaiming', layer='Conv2d', mode='fan_out', nonlinearity='relu')
        super().__init__(init_cfg or msra)
        if scale not in SCALES:
            raise ValueError(f'Expected scale to be one of {[*SCALES]}, but got {scale!r}.')
        if not out_indices or not set(out_indices) <= set(range(len(STAGES))):
            raise ValueError(f'Expected out_indices from 0 to 6, but got {out_indices}.')
        self.scale = scale
        self.out_indices = tuple(out_indices)
        self.frozen_stages = frozen_stages
        self.norm_eval = norm_eval
        layer = dict(norm_cfg=norm_cfg, act_cfg=dict(type='ReLU6'))
        self.stem = ConvModule(
            3, STEM_CHANNELS, 3, 2, conv_cfg=dict(type='Conv2dAdaptivePadding'), **layer
        )
        self.stages = nn.ModuleList()
        in_channels = STEM_CHANNELS
        for stage in scaled_stages(scale)[: max(out_indices) + 1]:
            blocks = []
            for index in range(stage.blocks):
                block = InvertedResidualV3(
                    in_channels,
                    stage.channels,
                    in_channels * stage.expansion,
                    kernel_size=stage.kernel,
                    stride=stage.stride if index == 0 else 1,
                    with_expand_conv=stage.expansion > 1,
                    with_cp=with_cp,
                    **layer,
                )
                blocks.append(block)
                in_channels = stage.channels
            self.stages.append(nn.Sequential(*blocks))
        replace_adaptive_padding(self)
        self.register_load_state_dict_pre_hook(translate_published_weights)

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Compute the tapped features.

        Args:
            image: RGB, (x - 127) / 128, shape B x 3 x H x W.

        Returns:
            One map a tap, shallowest first, without an activation.
        """
        x = self.stem(image)
        taps = []
        for index, stage in enumerate(self.stages):
            x = stage(x)
            if index in self.out_indices:
                taps.append(x)
        return tuple(taps)

    def train(self, mode: bool = True) -> EfficientNetLite:
        """Switch to training, but for frozen stages, and with BN statistics frozen if ``norm_eval``."""
        super().train(mode)
        if self.frozen_stages >= 0:
            for frozen in (self.stem, *self.stages[: self.frozen_stages]):
                frozen.eval()
                frozen.requires_grad_(False)
        if mode and self.norm_eval:
            for module in self.modules():
                if isinstance(module, _BatchNorm):
                    module.eval()
        return self


def scaled_stages(scale: str) -> list[Stage]:
    """List the stages of a scale; the numbers of blocks of the first and the last are lite0's."""
    width, depth = SCALES[scale]
    last = len(STAGES) - 1
    return [
        stage._replace(
            channels=make_divisible(stage.channels * width, 8),
            blocks=stage.blocks if index in (0, last) else math.ceil(stage.blocks * depth),
        )
        for index, stage in enumerate(STAGES)
    ]


def translate_published_weights(
    trunk: EfficientNetLite, state_dict: dict, prefix: str, *_: object
) -> None:
    """Rename the published weights in place, without what is past the last tap.

    Weights of other names are left alone.

    Raises:
        ValueError: If weights are missing, of another shape or unknown, as those of another scale.
    """
    if f'{prefix}_conv_stem.weight' not in state_dict:
        return
    names = published_names(trunk)
    found, unknown = {}, []
    for key in [key for key in state_dict if key.startswith(prefix)]:
        layer, _, leaf = key[len(prefix) :].rpartition('.')
        tensor = state_dict.pop(key)
        if layer in names:
            found[f'{names[layer]}.{leaf}'] = tensor
        elif not is_past_last_tap(layer, trunk):
            unknown.append(key)
    expected = {key: tensor.shape for key, tensor in trunk.state_dict().items()}
    wrong = [key for key in expected if key not in found or found[key].shape != expected[key]]
    if wrong or unknown:
        raise ValueError(
            f'Expected the published weights of EfficientNet-{trunk.scale}, but {len(wrong)} weights '
            f'are missing or of another shape and {len(unknown)} are unknown; the first is '
            f'{(wrong + unknown)[0]}. Name the checkpoint of the same scale: '
            f"'efficientnet-lite://{trunk.scale}'."
        )
    state_dict.update({prefix + key: tensor for key, tensor in found.items()})


def published_names(trunk: EfficientNetLite) -> dict[str, str]:
    """Map the published name of each layer of a trunk to the layer's own; blocks count from 0 over all."""
    names = {'_conv_stem': 'stem.conv', '_bn0': 'stem.bn'}
    built = enumerate(scaled_stages(trunk.scale)[: len(trunk.stages)])
    blocks = [(index, place) for index, stage in built for place in range(stage.blocks)]
    for number, (index, place) in enumerate(blocks):
        for published, ours in PUBLISHED_BLOCK_NAMES.items():
            names[f'_blocks.{number}.{published}'] = f'stages.{index}.{place}.{ours}'
    return names


def is_past_last_tap(layer: str, trunk: EfficientNetLite) -> bool:
    """Tell whether a published layer is the classifier's, or of a block that the trunk is cut before."""
    if layer in CLASSIFIER:
        return True
    stages = scaled_stages(trunk.scale)
    built, published = (
        sum(stage.blocks for stage in some) for some in (stages[: len(trunk.stages)], stages)
    )
    number = re.match(r'_blocks\.(\d+)\.', layer)
    return number is not None and built <= int(number[1]) < published
