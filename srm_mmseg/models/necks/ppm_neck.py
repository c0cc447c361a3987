"""Pyramid pooling neck of SRM (Wang et al., ICCV 2017, Section 3).

Shape shorthand: B images; h x w is the size of a stage's tap, 23 x 23 and 45 x 45 for 353 x 353.

| symbol            | attribute           | shape                              |
|-------------------|---------------------|------------------------------------|
| C4' or C3', a tap | input               | B x 1024 or 512 x h x w            |
| pooled cells      | `branches[i]`       | B x 512 x b_i x b_i (or fewer)     |
| tap and branches  | input of `fuse`     | B x (tap + 4 * 512) x h x w        |
| F_t               | `stages[t - 2]`     | B x 64 x h x w                     |
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn


def pool(features: Tensor, bins: int, mode: str) -> Tensor:
    """Average features into a grid of cells.

    Args:
        features: Shape B x C x h x w.
        bins: Cells a side.
        mode: ``'adaptive'`` gives exactly ``bins`` x ``bins`` cells, which may overlap.
            ``'ceil'`` is Caffe's: windows of ceil(size / bins), the last one clipped, so there
            can be fewer cells (9 pixels in 6 bins are 5 cells).

    Returns:
        Shape B x C x cells x cells.
    """
    if mode == 'adaptive':
        return F.adaptive_avg_pool2d(features, bins)
    kernel = tuple(-(-size // bins) for size in features.shape[2:])
    return F.avg_pool2d(features, kernel, kernel, ceil_mode=True)


class PyramidPooling(nn.Module):
    """One stage's pyramid pooling and the two convolutions that make its F_t.

    Args: as :class:`PPMNeck`, with ``in_channels`` of this stage's tap.
    """

    def __init__(
        self,
        in_channels: int,
        pool_scales: Sequence[int],
        pool_channels: int,
        mid_channels: int,
        out_channels: int,
        pool_mode: str,
        align_corners: bool,
        norm_cfg: dict | None,
        act_cfg: dict | None,
    ) -> None:
        super().__init__()
        self.pool_scales = tuple(pool_scales)
        self.pool_mode = pool_mode
        self.align_corners = align_corners
        linear = dict(bias=False, norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.branches = nn.ModuleList(
            ConvModule(in_channels, pool_channels, 1, **linear) for _ in self.pool_scales
        )
        fused_channels = in_channels + len(self.pool_scales) * pool_channels
        self.fuse = ConvModule(fused_channels, mid_channels, 3, padding=1, **linear)
        self.project = ConvModule(
            mid_channels, out_channels, 3, padding=1, bias=False, norm_cfg=norm_cfg
        )

    def forward(self, tap: Tensor) -> Tensor:
        """Turn a tap, shape B x C x h x w, into F_t, shape B x out_channels x h x w."""
        cells = [
            branch(pool(tap, bins, self.pool_mode))
            for bins, branch in zip(self.pool_scales, self.branches)
        ]
        return self.project(self.fuse_with_cells(tap, cells))

    def fuse_with_cells(self, tap: Tensor, cells: Sequence[Tensor]) -> Tensor:
        """Convolve the tap together with the upsampled cells, plainly: by concatenation."""
        upsampled = [
            F.interpolate(cell, tap.shape[2:], mode='bilinear', align_corners=self.align_corners)
            for cell in cells
        ]
        return self.fuse(torch.cat([tap, *upsampled], dim=1))


@MODELS.register_module()
class PPMNeck(BaseModule):
    """Make refinement features F_t for every stage t >= 2; stage 1 passes through.

    Args:
        in_channels: Channels of each stage's features, in stage order. Its length is T.
        pool_scales: Cells a side of each pooling branch, in the order in which the branches
            follow the tap in the concatenation. () is the model without pyramid pooling, the
            paper's ablation.
        pool_channels: Channels of a branch.
        mid_channels: Channels after the first 3x3 convolution.
        out_channels: Channels of F_t.
        pool_mode: ``'adaptive'`` or ``'ceil'``, see :func:`pool`.
        align_corners: How cells are upsampled.
        norm_cfg: Normalisation after each convolution; a batch of one image then needs statistics
            other than the batch's, as a 1x1 branch has one cell an image. None is the paper's.
        act_cfg: Activation of the branches and of the first 3x3 convolution; the second always
            has a ReLU. None is the released network's.
        init_cfg: Initialisation. The default is the release's MSRA filler.

    Raises:
        ValueError: If ``pool_mode`` is unknown.
    """

    def __init__(
        self,
        in_channels: Sequence[int] = (2048, 1024, 512),
        pool_scales: Sequence[int] = (1, 2, 3, 6),
        pool_channels: int = 512,
        mid_channels: int = 256,
        out_channels: int = 64,
        pool_mode: str = 'adaptive',
        align_corners: bool = True,
        norm_cfg: dict | None = None,
        act_cfg: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        msra = dict(type='Kaiming', layer='Conv2d', mode='fan_in', nonlinearity='relu')
        super().__init__(init_cfg or msra)
        if pool_mode not in ('adaptive', 'ceil'):
            raise ValueError(
                f"Expected pool_mode to be 'adaptive' or 'ceil', but got {pool_mode!r}."
            )
        self.in_channels = tuple(in_channels)
        self.stages = nn.ModuleList(
            PyramidPooling(
                channels,
                pool_scales,
                pool_channels,
                mid_channels,
                out_channels,
                pool_mode,
                align_corners,
                norm_cfg,
                act_cfg,
            )
            for channels in self.in_channels[1:]
        )

    def forward(self, features: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Compute the refinement features.

        Args:
            features: One map a stage in stage order, shapes B x in_channels[t-1] x h x w.

        Returns:
            Stage 1's features as they came, then F_2, ..., F_T, shapes B x out_channels x h x w.

        Raises:
            ValueError: If there is not one feature map a stage.
        """
        if len(features) != len(self.in_channels):
            raise ValueError(
                f'Expected the backbone to give T = {len(self.in_channels)} feature maps, one a '
                f'stage, but got {len(features)}. Make neck.in_channels list '
                f'the channels of each output of the backbone, in stage order.'
            )
        return features[0], *(stage(tap) for stage, tap in zip(self.stages, features[1:]))
