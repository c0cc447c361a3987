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
from typing import Any

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn

from srm_mmseg.models.inference_form import InferenceForm
from srm_mmseg.models.stage_channels import channels_before, leave_word
from srm_mmseg.models.stage_features import check_stage_features


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
    if (
        torch.onnx.is_in_onnx_export()
    ):  # ONNX has no adaptive pooling, nor windows of its input's size
        rows, columns = (bin_matrix(size, bins, mode, features) for size in features.shape[2:])
        return rows @ features @ columns.T
    if mode == 'adaptive':
        return F.adaptive_avg_pool2d(features, bins)
    kernel = tuple(-(-size // bins) for size in features.shape[2:])
    return F.avg_pool2d(features, kernel, kernel, ceil_mode=True)


def bin_matrix(size: int, bins: int, mode: str, like: Tensor) -> Tensor:
    """Make the matrix that averages an axis into cells.

    Args:
        size: Pixels along the axis.
        bins: Cells along the axis.
        mode: As in :func:`pool`.
        like: Gives device and type.

    Returns:
        Shape cells x size: the share of a pixel in a cell.
    """
    pixels = torch.arange(size, device=like.device)
    if (
        mode == 'adaptive'
    ):  # pixels from floor(cell * size / bins) to ceil((cell + 1) * size / bins)
        cells = torch.arange(bins, device=like.device)[:, None]
        inside = (pixels * bins < (cells + 1) * size) & ((pixels + 1) * bins > cells * size)
    else:
        kernel = (size + bins - 1) // bins  # ONNX rounds quotients towards 0: no negative numbers
        cells = torch.arange((size + kernel - 1) // kernel, device=like.device)[:, None]
        inside = (pixels >= cells * kernel) & (pixels < (cells + 1) * kernel)
    shares = inside.to(like.dtype)
    return shares / shares.sum(dim=1, keepdim=True)


def tap_products(cell: Tensor, weight: Tensor) -> Tensor:
    """Multiply cells by the nine taps of a 3x3 convolution.

    For weights that change: as a 1x1 convolution of them, with cells as kernels, for which a matrix
    product would need a transposed copy at every call. ``merge_for_inference`` makes that copy once.

    Args:
        cell: Shape B x C x rows x columns.
        weight: Shape mid x C x 3 x 3.

    Returns:
        Shape B x rows x columns x 3 x 3 x mid.
    """
    kernels = cell.permute(0, 2, 3, 1).flatten(0, 2)[..., None, None]
    products = F.conv2d(weight, kernels).unflatten(1, cell[:, 0].shape)
    return products.permute(1, 2, 3, 4, 5, 0)


def convolved_cells(products: Sequence[Tensor], size: Sequence[int], align_corners: bool) -> Tensor:
    """Compute what a 3x3 convolution gives of upsampled cells, from what its taps give of cells.

    Args:
        products: One a branch, as of :func:`tap_products`.
        size: Pixels to upsample to, (h, w).
        align_corners: How cells are upsampled.

    Returns:
        Shape B x mid x h x w.
    """
    height, width = size
    row_matrices, products_by_row = [], []
    for product in products:
        columns = shifted_upsampling(product.shape[2], width, align_corners, product)
        # w x B x (rows * 3) x mid: upsampled along the rows, a row's taps side by side.
        along = torch.tensordot(columns, product, ([1, 2], [2, 4]))
        products_by_row.append(along.flatten(2, 3))
        rows = shifted_upsampling(product.shape[1], height, align_corners, product)
        row_matrices.append(rows.flatten(1))
    matrix, upsampled = torch.cat(row_matrices, dim=1), torch.cat(products_by_row, dim=2)
    return torch.tensordot(matrix, upsampled, ([1], [2])).permute(2, 3, 0, 1)


def shifted_upsampling(cells: int, size: int, align_corners: bool, like: Tensor) -> Tensor:
    """Make the bilinear matrix of one axis, shifted by each tap of a 3x3 convolution.

    Args:
        cells: Cells along the axis.
        size: Pixels along the axis.
        align_corners: How cells are upsampled.
        like: Gives device and type.

    Returns:
        Shape size x cells x 3: the weight of a cell in the pixel that a tap reads, 0 where that is
        outside.
    """
    exact = torch.promote_types(like.dtype, torch.float32)
    pixels = torch.arange(size, dtype=exact, device=like.device)
    if align_corners:
        places = pixels * (cells - 1) / pixels[-1].clamp(min=1)
    else:
        places = ((pixels + 0.5) * cells / size - 0.5).clamp(0, cells - 1)
    distances = (places[:, None] - torch.arange(cells, dtype=exact, device=like.device)).abs()
    padded = F.pad((1 - distances).clamp(min=0), (0, 0, 1, 1))
    return torch.stack([padded[tap : tap + size] for tap in range(3)], dim=2).to(like.dtype)


class PyramidPooling(nn.Module, InferenceForm):
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
        self.tap_conv: nn.Conv2d | None = None  # once merged
        self.cell_taps: Any = ()  # once merged, a ParameterList of shapes C x 9 * mid
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
        return self.project(self.fuse_with_cells(tap, self.cells(tap)))

    def cells(self, tap: Tensor) -> list[Tensor]:
        """Pool the tap for each branch: shapes B x pool_channels x cells x cells."""
        return [
            branch(pool(tap, bins, self.pool_mode))
            for bins, branch in zip(self.pool_scales, self.branches)
        ]

    def fuse_with_cells(self, tap: Tensor, cells: Sequence[Tensor]) -> Tensor:
        """Convolve the tap together with the upsampled cells, without making their concatenation.

        The 3x3 convolution is linear in each part of the concatenation, and a branch has few cells:
        they are multiplied by the nine taps of its weights before they are upsampled, not after.

        Args:
            tap: Shape B x C x h x w.
            cells: One map a branch, shape B x pool_channels x cells x cells.

        Returns:
            Shape B x mid_channels x h x w.
        """
        if not cells:
            return self.fuse(self.concatenate(tap, cells))
        if self.tap_conv is not None:
            fused = self.tap_conv(tap)
            products = [
                (cell.permute(0, 2, 3, 1) @ taps).unflatten(-1, (3, 3, -1))
                for cell, taps in zip(cells, self.cell_taps)
            ]
        else:
            tap_weight, *weights = self.split_weights()
            fused = F.conv2d(tap, tap_weight, self.fuse.conv.bias, padding=1)
            products = [tap_products(cell, weight) for cell, weight in zip(cells, weights)]
        fused = fused + convolved_cells(products, tap.shape[2:], self.align_corners)
        if self.fuse.with_norm:
            fused = self.fuse.norm(fused)
        return self.fuse.activate(fused) if self.fuse.with_activation else fused

    def split_weights(self) -> tuple[Tensor, ...]:
        """Part the weights of the 3x3 convolution.

        Returns:
            Those of the tap and of each branch's cells, mid_channels x their channels x 3 x 3.
        """
        conv = self.fuse.conv
        sizes: list[int] = [branch.out_channels for branch in self.branches]  # type: ignore[misc]
        return conv.weight.split([conv.in_channels - sum(sizes), *sizes], dim=1)

    def merge_for_inference(self) -> None:
        """Part the weights once and for all, for inference; they are not whole any more."""
        if self.branches and self.fuse.conv is not None:
            conv = self.fuse.conv
            weight, *weights = self.split_weights()
            self.cell_taps = nn.ParameterList(
                part.permute(1, 2, 3, 0).flatten(1).contiguous() for part in weights
            )
            self.tap_conv = nn.Conv2d(weight.shape[1], len(weight), 3, padding=1)
            self.tap_conv.weight = nn.Parameter(weight.contiguous())
            self.tap_conv.bias = conv.bias
            self.requires_grad_(False)
            self.fuse.conv = None

    def concatenate(self, tap: Tensor, cells: Sequence[Tensor]) -> Tensor:
        """Upsample the cells to the tap's size and put them behind it, as the paper draws it."""
        upsampled = [
            F.interpolate(cell, tap.shape[2:], mode='bilinear', align_corners=self.align_corners)
            for cell in cells
        ]
        return torch.cat([tap, *upsampled], dim=1)


@MODELS.register_module()
class PPMNeck(BaseModule):
    """Make refinement features F_t for every stage t >= 2; stage 1 passes through.

    Args:
        in_channels: Channels of each stage's features, in stage order. Its length is T. None takes
            those of the backbone.
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
        ValueError: If ``pool_mode`` is unknown, or there is no backbone that tells ``in_channels``.

    Example:
        >>> neck = PPMNeck(in_channels=(64, 32, 16), pool_channels=4, mid_channels=8, out_channels=6)
        >>> features = torch.zeros(1, 64, 3, 3), torch.zeros(1, 32, 5, 5), torch.zeros(1, 16, 9, 9)
        >>> [tuple(one.shape) for one in neck(features)]
        [(1, 64, 3, 3), (1, 6, 5, 5), (1, 6, 9, 9)]
    """

    def __init__(
        self,
        in_channels: Sequence[int] | None = None,
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
        self.in_channels = channels_before(in_channels, 'neck')
        self.out_channels = out_channels
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
        leave_word(self)

    def stage_channels(self) -> tuple[int, ...]:
        """Tell the channels of each stage's features: those of C5, then of F_2, ..., F_T."""
        return self.in_channels[0], *(self.out_channels for _ in self.stages)

    def forward(self, features: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Compute the refinement features.

        Args:
            features: One map a stage in stage order, shapes B x in_channels[t-1] x h x w.

        Returns:
            Stage 1's features as they came, then F_2, ..., F_T, shapes B x out_channels x h x w.

        Raises:
            ValueError: If there is not one feature map a stage, of ``in_channels``.
        """
        check_stage_features(features, self.in_channels, 'neck')
        return features[0], *(stage(tap) for stage, tap in zip(self.stages, features[1:]))
