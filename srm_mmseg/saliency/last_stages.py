"""All stages of the last prediction: a segmentor's result has room for one map an image.

``SRMHead`` leaves them here, ``SODMetric(stages=True)`` takes them.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from srm_mmseg.saliency.map_tensors import image_scores


class PredictedStages(NamedTuple):
    """What a head has predicted of a batch.

    Attributes:
        logits: Of each stage, N x C x h x w.
        chosen: Number of the stage that the segmentor's result is of, from 1.
        size: (H, W) of the network's images.
        align_corners: How maps are resized.
    """

    logits: list[Tensor]
    chosen: int
    size: tuple[int, int]
    align_corners: bool

    def scores(self, index: int, size: tuple[int, int]) -> list[Tensor]:
        """Bring an image's stages to its size, as the toolbox does: each C x H x W, S1 first."""
        images = (stage[index : index + 1] for stage in self.logits)
        return [image_scores(image, self.size, size, self.align_corners) for image in images]


_last: PredictedStages | None = None


def leave(stages: PredictedStages) -> None:
    """Keep the stages of a batch in place of those of the batch before."""
    global _last
    _last = stages


def taken() -> PredictedStages | None:
    """Look at the stages of the last batch; None before there was one."""
    return _last
