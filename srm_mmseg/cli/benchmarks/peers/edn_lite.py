"""EDN-Lite (Wu et al., IEEE TIP 2022, arXiv 2012.13093).

MobileNetV2 without its last stages, two levels below it that see the image as a whole (the
extremely-downsampled block), and a decoder of scale-correlated pyramid convolutions (SCPC). The
structure is that of the paper's Section III; widths and dilations are those of the authors' release
(on GitHub, by yuhuan-wu), where the paper's text leaves them open.

| level | from       | stride | channels | decoder's | part of a branch | dilations  |
|-------|------------|--------|----------|-----------|------------------|------------|
| 1     | trunk      | 2      | 16       | 16        | 1/2              | 1, 2, 4, 8 |
| 2     | trunk      | 4      | 24       | 24        | 1/2              | 1, 2, 4, 8 |
| 3     | trunk      | 8      | 32       | 32        | 3/8              | 1, 2, 4, 8 |
| 4     | trunk      | 16     | 96       | 40        | 3/8              | 1, 2, 3, 4 |
| 5     | trunk      | 32     | 160      | 40        | 3/8              | 1, 2, 3, 4 |
| 6, 7  | `deeper`   | 64, 128 | 40      | 40        | 3/8              | 1, 1, 1, 1 |

The release's trunk has one more convolution, to 1,280 channels, that nothing reads. Its 0.21 million
parameters are left out, and so are convolutions' biases before BN, and the maps of levels 2 to 5,
which only training has.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmseg.models.utils import InvertedResidual
from torch import Tensor, nn

from srm_mmseg.cli.benchmarks.networks import build
from srm_mmseg.cli.benchmarks.peers.peer import Peer, conv_norm_relu, like

CHANNELS = (16, 24, 32, 96, 160, 40, 40)
DECODED = (16, 24, 32, 40, 40, 40, 40)
PARTS = (1 / 2, 1 / 2, *(3 / 8,) * 5)
DILATIONS = (*((1, 2, 4, 8),) * 3, *((1, 2, 3, 4),) * 2, *((1, 1, 1, 1),) * 2)


class SCPC(nn.Module):
    """Scale-correlated pyramid convolution: four dilated branches, each fed by the one before too."""

    def __init__(self, channels: int, part: float, dilations: Sequence[int]) -> None:
        super().__init__()
        width = int(channels * part)
        self.split = conv_norm_relu(channels, width * len(dilations), kernel=1)
        self.branches = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(width, width, 3, 1, dilation, dilation, groups=width, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(inplace=True),
            )
            for dilation in dilations
        )
        self.join = nn.Sequential(
            nn.Conv2d(width * len(dilations), channels, 1, bias=False), nn.BatchNorm2d(channels)
        )

    def forward(self, features: Tensor) -> Tensor:
        """Compute B x C x H x W of the same shape."""
        scales: list[Tensor] = []
        chunks = self.split(features).chunk(len(self.branches), dim=1)
        for branch, chunk in zip(self.branches, chunks):
            scales.append(branch(chunk + scales[-1] if scales else chunk))
        return (self.join(torch.cat(scales, dim=1)) + features).relu()


class EDNLite(nn.Module):
    """The network, with the map that is scored, that of level 1."""

    def __init__(self) -> None:
        super().__init__()
        trunk: Any = build(dict(type='MobileNetV2', out_indices=(0, 1, 2, 4, 5)))
        trunk.layers.remove('layer7')
        del trunk.layer7
        self.trunk = trunk
        self.deeper = nn.ModuleList(
            nn.Sequential(
                InvertedResidual(inputs, 40, stride=2, expand_ratio=4),
                InvertedResidual(40, 40, stride=1, expand_ratio=4),
            )
            for inputs in (160, 40)
        )
        halves = [*(channels // 2 for channels in DECODED[:-1]), DECODED[-1]]
        self.lateral = nn.ModuleList(conv_norm_relu(*one, 1) for one in zip(CHANNELS, halves))
        self.down = nn.ModuleList(conv_norm_relu(*one, 1) for one in zip(DECODED[1:], halves))
        self.fuse = nn.ModuleList(
            nn.Sequential(SCPC(*one), SCPC(*one)) for one in zip(DECODED, PARTS, DILATIONS)
        )
        self.predict = nn.Conv2d(DECODED[0], 1, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Compute the map, B x 1 x H x W."""
        levels = list(self.trunk(images))
        for block in self.deeper:
            levels.append(block(levels[-1]))
        view = levels[-1].mean(dim=(2, 3), keepdim=True).sigmoid()
        levels[-2:] = [level * view for level in levels[-2:]]
        here = self.fuse[-1](self.lateral[-1](levels[-1]))
        for index in reversed(range(len(levels) - 1)):
            beside = self.lateral[index](levels[index])
            here = torch.cat((like(self.down[index](here), beside), beside), dim=1)
            here = self.fuse[index](here)
        return like(self.predict(here), images).sigmoid()


EDN_LITE = Peer(
    name='EDN-Lite',
    build=EDNLite,
    size=384,
    source='size of images as the authors state it (issue 3 of their release)',
)
