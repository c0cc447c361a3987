"""A segmentor as a function of images alone, which is what a file can hold.

| what           | shape                                                     |
|----------------|-----------------------------------------------------------|
| images         | N x H x W x 3, uint8, BGR                                 |
| S_t            | N x 2 (or 1) x h x w, logits                              |
| log-odds       | N x 1 x h x w: foreground's logit less the background's   |
| output         | N x stages x H x W, or log-odds of each stage as they are |
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from srm_mmseg.saliency.map_tensors import log_odds, resized
from srm_mmseg.saliency.stages import check_stages


class SaliencyGraph(nn.Module):
    """Images in, maps out: normalisation, network, and by choice resizing and softmax.

    Args:
        segmentor: An ``EncoderDecoder`` with an ``SRMHead``.
        stages: Numbers of the stages to give, from 1.
        softmax: Whether to give probabilities of the foreground, or its log-odds.
        resize: Whether to give maps at the images' size in one tensor, or each at its own size.

    Raises:
        ValueError: If there is no such stage, or the data preprocessor pads images.
    """

    def __init__(
        self,
        segmentor: Any,
        stages: tuple[int, ...],
        softmax: bool = True,
        resize: bool = True,
    ) -> None:
        super().__init__()
        check_stages(stages, len(segmentor.decode_head.in_channels))
        preprocessor = segmentor.data_preprocessor
        if preprocessor.test_cfg:
            raise ValueError(
                'Expected a data preprocessor that pads no images, but got '
                f'test_cfg={preprocessor.test_cfg}. Leave it out, and resize images to a fixed size.'
            )
        self.segmentor = segmentor.eval()
        self.stages = stages
        self.softmax = softmax
        self.resize = resize

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Compute the maps.

        Args:
            images: BGR, shape N x H x W x 3, uint8.

        Returns:
            One tensor, shape N x stages x H x W, or one a stage, N x 1 x h x w; float32.
        """
        features = self.segmentor.extract_feat(self.normalise(images))
        logits = self.segmentor.decode_head(features)
        maps = [log_odds(logits[stage - 1].float()) for stage in self.stages]
        if self.resize:
            corners = self.segmentor.decode_head.align_corners
            maps = [resized(each, images.shape[1:3], corners) for each in maps]
            maps = [torch.cat(maps, dim=1)]
        return tuple(m.sigmoid() if self.softmax else m for m in maps)

    def normalise(self, images: Tensor) -> Tensor:
        """Let the data preprocessor normalise the batch as one tall image: N x 3 x H x W, float32."""
        tall = images.permute(3, 0, 1, 2).flatten(1, 2)
        data = self.segmentor.data_preprocessor(dict(inputs=[tall], data_samples=None))
        return data['inputs'][0].unflatten(1, images.shape[:2]).transpose(0, 1)
