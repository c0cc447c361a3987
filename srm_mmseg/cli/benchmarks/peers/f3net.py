"""F3Net (Wei et al., AAAI 2020, arXiv 1911.11445).

ResNet-50, whose outputs of four stages are squeezed to 64 channels; two cascaded decoders of three
cross feature modules (CFM, Section "Cross Feature Module", Fig. 3), of which the first's result is
fed back to all inputs of the second (CFD, Section "Cascaded Feedback Decoder", Fig. 2).

| symbol     | attribute  | shape, for 352 x 352                                  |
|------------|------------|-------------------------------------------------------|
| f2, ... f5 | `squeeze`  | B x 64 x 88 x 88, 44 x 44, 22 x 22, 11 x 11           |
| p          | `decoders` | B x 64 x 88 x 88 of each decoder                      |

Heads that only training has, at each level and at the first decoder, are left out.
"""

from __future__ import annotations

from torch import Tensor, nn

from srm_mmseg.cli.benchmarks.networks import build
from srm_mmseg.cli.benchmarks.peers.peer import Peer, conv_norm_relu, like

CHANNELS = 64


class CrossFeatureModule(nn.Module):
    """Selects by a product what a high and a low level agree on, and adds it to both."""

    def __init__(self) -> None:
        super().__init__()
        self.high = nn.ModuleList(conv_norm_relu(CHANNELS, CHANNELS) for _ in range(4))
        self.low = nn.ModuleList(conv_norm_relu(CHANNELS, CHANNELS) for _ in range(4))

    def forward(self, low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
        """Refine both, B x 64 x h x w of the low level; the high one may be smaller."""
        first_low, first_high = self.low[0](low), self.high[0](like(high, low))
        common = self.low[1](first_low) * self.high[1](first_high)
        refined_low = self.low[3](self.low[2](common) + first_low)
        refined_high = self.high[3](self.high[2](common) + first_high)
        return refined_low, refined_high


class Decoder(nn.Module):
    """Goes from the deepest level to the shallowest by three CFM."""

    def __init__(self) -> None:
        super().__init__()
        self.modules_of_levels = nn.ModuleList(CrossFeatureModule() for _ in range(3))

    def forward(self, levels: list[Tensor], fed_back: Tensor | None) -> tuple[list[Tensor], Tensor]:
        """Refine all levels, deepest last; ``fed_back`` is added to each."""
        if fed_back is not None:
            levels = [level + like(fed_back, level) for level in levels]
        *shallower, high = levels
        refined = [high]
        for cross, low in zip(self.modules_of_levels, reversed(shallower)):
            low, high = cross(low, high)
            refined.insert(0, low)
        return refined, high


class F3Net(nn.Module):
    """The network, with the map that is scored, that of the second decoder."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = build(dict(type='ResNet', depth=50, strides=(1, 2, 2, 2)))
        self.squeeze = nn.ModuleList(
            conv_norm_relu(channels, CHANNELS, kernel=1) for channels in (256, 512, 1024, 2048)
        )
        self.decoders = nn.ModuleList((Decoder(), Decoder()))
        self.predict = nn.Conv2d(CHANNELS, 1, 3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        """Compute the map, B x 1 x H x W."""
        levels = [squeeze(one) for squeeze, one in zip(self.squeeze, self.trunk(images))]
        fed_back = None
        for decoder in self.decoders:
            levels, fed_back = decoder(levels, fed_back)
        return like(self.predict(fed_back), images).sigmoid()


F3NET = Peer(
    name='F3Net',
    build=F3Net,
    size=352,
    published=25.5,
    scores={'ECSSD': {'MAE': 0.038}, 'DUTS-TE': {'MAE': 0.042}},
    source='SALOD (arXiv 2202.02925), which trained it anew: its table of conventional SOD results',
)
