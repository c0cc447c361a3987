"""Trunk of the released SRM: a pre-activation ResNet (Simon et al., arXiv 1612.01452).

Shape shorthand: B images; sizes for 353 x 353 and depth 50. BN + ReLU stand before a convolution.

| symbol        | attribute           | shape                       |
|---------------|---------------------|-----------------------------|
| image         | `input_bn`          | B x 3 x 353 x 353, BGR, 0 to 255 |
| C1            | `conv1`, `bn1`      | B x 64 x 177 x 177          |
| C2            | `layers.0`, `norms.0` | B x 256 x 89 x 89           |
| C3, C3'       | `layers.1`, `norms.1` | B x 512 x 45 x 45           |
| C4, C4'       | `layers.2`, `norms.2` | B x 1024 x 23 x 23          |
| C5            | `layers.3`, `norms.3` | B x 2048 x 12 x 12          |

A layer's output is tapped after BN + ReLU (`norms`), which is also what the next layer starts from;
after the last layer that is the release's `last_bn`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from mmcv.cnn import build_norm_layer
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn

BLOCKS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
"""Depth -> units of each layer."""

EXPANSION = 4


class PreActUnit(nn.Module):
    """Bottleneck of three convolutions, each after BN + ReLU; the stride is on the 3x3.

    Args:
        in_channels: Channels of the input.
        channels: Channels of the 1x1 and the 3x3; the output has EXPANSION times as many.
        stride: Of the 3x3 and the projection.
        norm_cfg: Config of the BN layers.
        is_active: Whether the input is past BN + ReLU already, as that of a layer's first unit.
        projects_late: Whether the shortcut is projected from the first convolution after BN + ReLU,
            and not from the input: the release's first unit.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        stride: int,
        norm_cfg: dict,
        is_active: bool,
        projects_late: bool,
    ) -> None:
        super().__init__()
        out_channels = EXPANSION * channels
        self.projects_late = projects_late
        self.bn1 = None if is_active else build_norm_layer(norm_cfg, in_channels)[1]
        self.conv1 = nn.Conv2d(in_channels, channels, 1, bias=False)
        self.bn2 = build_norm_layer(norm_cfg, channels)[1]
        self.conv2 = nn.Conv2d(channels, channels, 3, stride, padding=1, bias=False)
        self.bn3 = build_norm_layer(norm_cfg, channels)[1]
        self.conv3 = nn.Conv2d(channels, out_channels, 1, bias=False)
        self.projection = None
        if is_active:
            source = channels if projects_late else in_channels
            self.projection = nn.Conv2d(source, out_channels, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Add the convolutions' output to the shortcut."""
        active = x if self.bn1 is None else F.relu(self.bn1(x))
        inner = F.relu(self.bn2(self.conv1(active)))
        shortcut = x
        if self.projection is not None:
            shortcut = self.projection(inner if self.projects_late else active)
        return self.conv3(F.relu(self.bn3(self.conv2(inner)))) + shortcut


@MODELS.register_module()
class PreActResNet(BaseModule):
    """Pre-activation ResNet that normalises its raw BGR input itself.

    Note: the paper names a plain ResNet-50; this is what was released.

    Args:
        depth: 50, 101 or 152.
        num_stages: Layers to build, 1 to 4.
        out_indices: Layers to tap, 0 for the one that gives C2.
        strides: Of each layer's first unit.
        base_channels: Channels of C1.
        norm_cfg: Config of the BN layers.
        norm_eval: Keep the stored BN statistics in training too, as the release does; scale and
            shift are learned.
        init_cfg: Initialisation. The default is MSRA for convolutions; give ``Pretrained`` with a
            converted checkpoint and the trunk's ``prefix`` to start from ImageNet.

    Raises:
        ValueError: If ``depth`` or ``num_stages`` is another, a layer has no stride, or a tap is
            none of the layers.

    Example:
        >>> import torch
        >>> trunk = PreActResNet(num_stages=3, out_indices=(1, 2), strides=(1, 2, 2), base_channels=4)
        >>> [tuple(one.shape) for one in trunk(torch.zeros(1, 3, 65, 65))]
        [(1, 32, 9, 9), (1, 64, 5, 5)]
    """

    def __init__(
        self,
        depth: int = 50,
        num_stages: int = 4,
        out_indices: Sequence[int] = (3,),
        strides: Sequence[int] = (1, 2, 2, 2),
        base_channels: int = 64,
        norm_cfg: dict = dict(type='BN', requires_grad=True),
        norm_eval: bool = True,
        init_cfg: dict | None = None,
    ) -> None:
        msra = dict(type='Kaiming', layer='Conv2d', mode='fan_in', nonlinearity='relu')
        super().__init__(init_cfg or msra)
        if depth not in BLOCKS:
            raise ValueError(f'Expected depth to be one of {[*BLOCKS]}, but got {depth}.')
        if not 1 <= num_stages <= len(strides) <= 4:
            raise ValueError(
                f'Expected num_stages of 1 to 4, and strides for each, but got {num_stages} and '
                f'{strides}.'
            )
        if not out_indices or not set(out_indices) <= set(range(num_stages)):
            raise ValueError(
                f'Expected out_indices from 0 to below num_stages = {num_stages}, but got '
                f'{out_indices}.'
            )
        self.out_indices = tuple(out_indices)
        self.norm_eval = norm_eval
        self.input_bn = build_norm_layer(norm_cfg, 3)[1]
        self.conv1 = nn.Conv2d(3, base_channels, 7, 2, padding=3)
        self.bn1 = build_norm_layer(norm_cfg, base_channels)[1]
        self.layers, self.norms = nn.ModuleList(), nn.ModuleList()
        in_channels = base_channels
        for index, (units, stride) in enumerate(zip(BLOCKS[depth][:num_stages], strides)):
            channels = base_channels * 2**index
            first = PreActUnit(in_channels, channels, stride, norm_cfg, True, index == 0)
            in_channels = EXPANSION * channels
            others = (
                PreActUnit(in_channels, channels, 1, norm_cfg, False, False)
                for _ in range(units - 1)
            )
            self.layers.append(nn.Sequential(first, *others))
            self.norms.append(build_norm_layer(norm_cfg, in_channels)[1])

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Compute the tapped features.

        Args:
            image: BGR, 0 to 255, shape B x 3 x H x W.

        Returns:
            One map a tap, shallowest first, after BN + ReLU.
        """
        x = F.relu(self.bn1(self.conv1(self.input_bn(image))))
        x = F.max_pool2d(x, 3, 2, padding=1, ceil_mode=True)
        taps = []
        for index, (layer, norm) in enumerate(zip(self.layers, self.norms)):
            x = F.relu(norm(layer(x)))
            if index in self.out_indices:
                taps.append(x)
        return tuple(taps)

    def train(self, mode: bool = True) -> PreActResNet:
        """Switch to training, the BN statistics frozen if ``norm_eval``."""
        super().train(mode)
        if mode and self.norm_eval:
            for module in self.modules():
                if isinstance(module, nn.modules.batchnorm._BatchNorm):
                    module.eval()
        return self
