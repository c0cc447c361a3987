"""A 3x3 convolution with a quarter of the multiplications (Winograd; Lavin and Gray, CVPR 2016).

F(4x4, 3x3): 4 x 4 pixels of the output need a tile of 6 x 6 of the input. Tiles and kernels are taken
for polynomials and evaluated at 6 x 6 points (five and infinity along each axis), where convolution
becomes an element-wise product: 36 multiplications a pair of channels instead of 144. All tiles' and
channels' products at one point form one matrix product.

Note: the usual points 0, +-1, +-2 round twice as coarsely as those here.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
import torch.nn.functional as F
from numpy.polynomial import polynomial
from torch import Tensor

TILE, TAPS = 4, 3
SIDE = TILE + TAPS - 1
POINTS = (0, 3 / 4, -3 / 4, 3 / 2, -3 / 2)
TILES_AT_ONCE = 144
"""Tiles of a matrix product: more would not stay in a CPU's cache."""


@cache
def transforms() -> tuple[Tensor, Tensor, Tensor]:
    """Make the matrices between pixels and values at the points, of both axes at once, in float64.

    Returns:
        Of the input, 36 x 36; of the weights, 36 x 9; back to the output, 16 x 36.
    """
    points = np.array(POINTS)
    others = [np.delete(points, index) for index in range(len(points))]
    rows = [np.append(polynomial.polyfromroots(other), 0) for other in others]
    inputs = np.stack([*rows, polynomial.polyfromroots(points)])
    scale = np.array([np.prod(point - other) for point, other in zip(points, others)])
    at_infinity = np.eye(SIDE)[-1:]
    weights = np.vander(points, TAPS, increasing=True) / scale[:, None]
    weights = np.vstack([weights, at_infinity[:, -TAPS:]])
    outputs = np.vstack([np.vander(points, TILE, increasing=True), at_infinity[:, -TILE:]]).T
    first, second, third = (
        torch.from_numpy(np.kron(matrix, matrix)) for matrix in (inputs, weights, outputs)
    )
    return first, second, third


def tiles(size: torch.Size | tuple[int, ...]) -> int:
    """Count the tiles of images, B x C x h x w."""
    batch, _, height, width = size
    return batch * -(-height // TILE) * -(-width // TILE)


def winograd_weights(weight: Tensor) -> Tensor:
    """Transform the weights of a 3x3 convolution, out x in x 3 x 3, to 36 x in x out."""
    taps = weight.detach().double().flatten(2)
    return torch.einsum('pt,oit->pio', transforms()[1].to(taps), taps).to(weight).contiguous()


def winograd_conv2d(x: Tensor, weights: Tensor, bias: Tensor | None) -> Tensor:
    """Convolve with stride 1 and a row of zeros around.

    Args:
        x: Shape B x in x h x w; channels last is fastest.
        weights: Of :func:`winograd_weights`, 36 x in x out.
        bias: Shape out.

    Returns:
        Shape B x out x h x w, channels last.
    """
    batch, _, height, width = x.shape
    rows, columns = -(-height // TILE), -(-width // TILE)
    margins = (0, 0, 1, TILE * columns + 1 - width, 1, TILE * rows + 1 - height)
    result = x.new_empty(batch, height, width, weights.shape[2])
    at_once = max(1, TILES_AT_ONCE // (rows * columns))
    shift = 0 if bias is None else bias
    for images, out in zip(x.permute(0, 2, 3, 1).split(at_once), result.split(at_once)):
        pixels = _convolved_tiles(F.pad(images, margins), weights, rows, columns)
        torch.add(pixels[:, :height, :width], shift, out=out)
    return result.permute(0, 3, 1, 2)


def _convolved_tiles(images: Tensor, weights: Tensor, rows: int, columns: int) -> Tensor:
    """Convolve B x (4 rows + 2) x (4 columns + 2) x in to B x 4 rows x 4 columns x out."""
    to_points, _, to_pixels = (matrix.to(images) for matrix in transforms())
    windows = images.unfold(1, SIDE, TILE).unfold(2, SIDE, TILE)  # B, rows, columns, in, 6, 6
    windows = windows.permute(4, 5, 0, 1, 2, 3).reshape(SIDE**2, -1)
    values = (to_points @ windows).view(SIDE**2, -1, weights.shape[1]) @ weights
    pixels = (to_pixels @ values.flatten(1)).view(TILE, TILE, len(images), rows, columns, -1)
    pixels = pixels.permute(2, 3, 0, 4, 1, 5)
    return pixels.reshape(len(images), TILE * rows, TILE * columns, -1)
