"""What the race knows of a network beside its time: where it comes from, and what was published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from srm_mmseg.saliency.map_tensors import log_odds, resized

SETS = ('ECSSD', 'DUTS-TE')
MEASURES = ('maxF', 'MAE', 'Sm')


@dataclass(frozen=True)
class Peer:
    """A network of the race.

    Attributes:
        name: As in the table.
        build: Makes the network, images B x 3 x H x W -> maps B x 1 x H x W, 0 to 1, with seeded
            random weights.
        size: Side of the images that it was published for.
        published: Millions of parameters that were published, None where no source has them.
        scores: Of each set, by the measure's name; only what ``source`` states.
        source: Where the published numbers are.
        channels_last: Whether PyTorch lays images and weights out channels last.
    """

    name: str
    build: Callable[[], nn.Module]
    size: int
    published: float | None = None
    scores: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    source: str = ''
    channels_last: bool = True

    def make(self) -> nn.Module:
        """Build the network for inference, in its layout."""
        torch.manual_seed(0)
        model: Any = self.build().eval()
        return model.to(memory_format=torch.channels_last) if self.channels_last else model

    def lay_out(self, images: Tensor) -> Tensor:
        """Lay images out as the network wants them."""
        form = torch.channels_last if self.channels_last else torch.contiguous_format
        return images.contiguous(memory_format=form)

    def scores_on(self, name: str) -> str:
        """Write a set's scores, ``-`` for what is in no source: maxF / MAE / Sm."""
        found = self.scores.get(name, {})
        return ' / '.join(f'{found[one]:.3f}' if one in found else '-' for one in MEASURES)


class FinalMap(nn.Module):
    """A segmentor as the race runs it: the last prediction, at the images' size, as probability."""

    def __init__(self, segmentor: nn.Module) -> None:
        super().__init__()
        self.segmentor = segmentor

    def forward(self, images: Tensor) -> Tensor:
        """Compute the map.

        Args:
            images: Shape B x 3 x H x W.

        Returns:
            Shape B x 1 x H x W, 0 to 1.
        """
        logits = self.segmentor(images, mode='tensor')
        last = logits if isinstance(logits, Tensor) else logits[-1]
        return resized(log_odds(last), images.shape[2:], align_corners=False).sigmoid()


def conv_norm_relu(inputs: int, outputs: int, kernel: int = 3, dilation: int = 1) -> nn.Sequential:
    """Make a convolution with BN and ReLU, which keeps the size."""
    padding = dilation * (kernel // 2)
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=padding, dilation=dilation, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def like(maps: Tensor, other: Tensor) -> Tensor:
    """Resize maps bilinearly to another's height and width."""
    return resized(maps, other.shape[2:], align_corners=False)
