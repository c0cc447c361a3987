"""U2-Net and U2-Net-dagger (Qin et al., Pattern Recognition 2020, arXiv 2005.09007).

A U of residual U-blocks (RSU, Section 3.1, Fig. 2e), whose widths are in the paper's Fig. 5 and in
its table of configurations, as I (inputs), M (middle), O (outputs).

| stage | block   | U2-Net I, M, O | U2-Net-dagger I, M, O | stride of the stage |
|-------|---------|----------------|-----------------------|--------------------|
| En_1  | RSU-7   | 3, 32, 64      | 3, 16, 64             | 1                  |
| En_2  | RSU-6   | 64, 32, 128    | 64, 16, 64            | 2                  |
| En_3  | RSU-5   | 128, 64, 256   | 64, 16, 64            | 4                  |
| En_4  | RSU-4   | 256, 128, 512  | 64, 16, 64            | 8                  |
| En_5  | RSU-4F  | 512, 256, 512  | 64, 16, 64            | 16                 |
| En_6  | RSU-4F  | 512, 256, 512  | 64, 16, 64            | 32                 |
| De_5  | RSU-4F  | 1024, 256, 512 | 128, 16, 64           | 16                 |
| De_4  | RSU-4   | 1024, 128, 256 | 128, 16, 64           | 8                  |
| De_3  | RSU-5   | 512, 64, 128   | 128, 16, 64           | 4                  |
| De_2  | RSU-6   | 256, 32, 64    | 128, 16, 64           | 2                  |
| De_1  | RSU-7   | 128, 16, 64    | 128, 16, 64           | 1                  |

Convolutions before BN have no bias here, as they would be part of BN: 44.00 million parameters, where
the paper's 176.3 MB are 44.1 million numbers with BN's statistics.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from srm_mmseg.cli.benchmarks.peers.peer import Peer, conv_norm_relu, like

Widths = tuple[tuple[int, int, int], ...]
ENCODER: Widths = (
    *((3, 32, 64), (64, 32, 128), (128, 64, 256)),
    *((256, 128, 512), (512, 256, 512), (512, 256, 512)),
)
DECODER: Widths = (
    *((1024, 256, 512), (1024, 128, 256), (512, 64, 128)),
    *((256, 32, 64), (128, 16, 64)),
)
SMALL_ENCODER: Widths = ((3, 16, 64), *((64, 16, 64),) * 5)
SMALL_DECODER: Widths = ((128, 16, 64),) * 5
HEIGHTS = (7, 6, 5, 4, 0, 0)  # L of each encoder's RSU-L; 0 is RSU-4F


class RSU(nn.Module):
    """Residual U-block: a U of L convolutions down and L - 1 up, added to what enters it.

    L - 2 of the convolutions have a pooling between them, and the last is dilated by 2. With L = 0 it
    is RSU-4F: dilations of 1, 2, 4 and 8 in place of pooling.
    """

    def __init__(self, height: int, inputs: int, middle: int, outputs: int) -> None:
        super().__init__()
        dilations = (*(1,) * (height - 1), 2) if height else (1, 2, 4, 8)
        up_dilations = (1,) * (height - 1) if height else (4, 2, 1)
        self.pools = height - 2 if height else 0
        self.pool = nn.MaxPool2d(2, stride=2, ceil_mode=True)
        self.enter = conv_norm_relu(inputs, outputs)
        self.down = nn.ModuleList(
            conv_norm_relu(middle if level else outputs, middle, dilation=dilation)
            for level, dilation in enumerate(dilations)
        )
        ends = (*(middle,) * (len(up_dilations) - 1), outputs)
        self.up = nn.ModuleList(
            conv_norm_relu(2 * middle, end, dilation=dilation)
            for end, dilation in zip(ends, up_dilations)
        )

    def forward(self, features: Tensor) -> Tensor:
        """Compute B x O x H x W of B x I x H x W."""
        entered = here = self.enter(features)
        kept = []
        for level, conv in enumerate(self.down):
            here = conv(self.pool(here) if 0 < level <= self.pools else here)
            kept.append(here)
        kept.pop()
        for conv in self.up:
            beside = kept.pop()
            here = conv(torch.cat((like(here, beside), beside), dim=1))
        return here + entered


class U2Net(nn.Module):
    """A U of RSU, with a map at each of six levels and one of all of them (Section 3.2)."""

    def __init__(self, encoder: Widths = ENCODER, decoder: Widths = DECODER) -> None:
        super().__init__()
        self.pool = nn.MaxPool2d(2, stride=2, ceil_mode=True)
        self.encoder = nn.ModuleList(RSU(*one) for one in zip(HEIGHTS, *zip(*encoder)))
        self.decoder = nn.ModuleList(RSU(*one) for one in zip(HEIGHTS[-2::-1], *zip(*decoder)))
        sides = (encoder[-1][-1], *(outputs for *_, outputs in decoder))
        self.sides = nn.ModuleList(nn.Conv2d(side, 1, 3, padding=1) for side in sides)
        self.fuse = nn.Conv2d(len(sides), 1, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Compute the fused map, B x 1 x H x W."""
        here, kept = images, []
        for level, block in enumerate(self.encoder):
            here = block(self.pool(here) if level else here)
            kept.append(here)
        levels = [kept.pop()]
        for block in self.decoder:
            beside = kept.pop()
            levels.append(block(torch.cat((like(levels[-1], beside), beside), dim=1)))
        maps = [like(side(level), images) for side, level in zip(self.sides, levels)]
        return self.fuse(torch.cat(maps, dim=1)).sigmoid()


U2NET = Peer(
    name='U2-Net',
    build=U2Net,
    size=320,
    published=176.3 / 4,  # megabytes of float32
    scores={'ECSSD': {'MAE': 0.033}, 'DUTS-TE': {'maxF': 0.872, 'MAE': 0.044}},
    source=(
        "megabytes in the paper's abstract; MAE as wizwand.com lists that of the paper; maxF of the "
        'released weights, measured by WZMIAOMIAO/deep-learning-for-image-processing (u2net)'
    ),
)
U2NETP = Peer(
    name='U2-Netp',
    build=partial(U2Net, SMALL_ENCODER, SMALL_DECODER),
    size=320,
    published=4.7 / 4,
    source="megabytes of the file in the paper's abstract",
)
