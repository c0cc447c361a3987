"""Do outside an exported file what was left out of it; needs numpy alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from srm_mmseg.export.description import Description

BLOCK = 4096  # pixels of an axis that are resized at once


def check_images(images: np.ndarray, description: Description, path: str) -> None:
    """Refuse what a file cannot take.

    Raises:
        ValueError: If the images are no uint8 array of shape N x H x W x 3, or not of the size that
            a file without ``--dynamic`` takes.
    """
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3 or 0 in images.shape:
        raise ValueError(
            'Expected images to be uint8, BGR, of shape N x H x W x 3, but got '
            f'{images.dtype} of shape {images.shape}.'
        )
    if not description.dynamic and images.shape[1:3] != description.size:
        raise ValueError(
            f'Expected images of (H, W) = {description.size}, the only size that {path!r} takes, '
            f'but got {images.shape[1:3]}. Resize them, or export the model with --dynamic.'
        )


def maps_of_outputs(
    outputs: Sequence[np.ndarray], description: Description, size: tuple[int, int]
) -> np.ndarray:
    """Turn a file's outputs into probabilities at the images' size.

    Args:
        outputs: All stages in one array, N x stages x H x W, or one a stage, N x 1 x h x w.
        description: What the file says of itself.
        size: (H, W) of the images.

    Returns:
        Probability of the foreground, float32, shape N x stages x H x W.
    """
    if not description.resize:
        corners = description.align_corners
        outputs = [resize(output, size, corners) for output in outputs]
    maps = np.concatenate(outputs, axis=1)
    if maps.shape != (len(maps), len(description.stages), *size):
        raise ValueError(
            f'Expected maps of {len(description.stages)} stages at {size}, as the file says of '
            f'itself, but got the shape {maps.shape}. Export the model again.'
        )
    if not description.softmax:
        maps = 0.5 + 0.5 * np.tanh(0.5 * maps)  # the sigmoid, without overflow
    return maps.astype(np.float32, copy=False).clip(0, 1)  # rounding can leave 1.0000001


def resize(maps: np.ndarray, size: tuple[int, int], align_corners: bool) -> np.ndarray:
    """Resize maps bilinearly, ... x h x w to ... x H x W."""
    (height, width), (rows, columns) = maps.shape[-2:], size
    resized = np.empty((*maps.shape[:-2], rows, columns), np.float32)
    for top in range(0, rows, BLOCK):
        taller = bilinear_matrix(height, rows, align_corners, top) @ maps
        for left in range(0, columns, BLOCK):
            wider = bilinear_matrix(width, columns, align_corners, left).T
            resized[..., top : top + BLOCK, left : left + BLOCK] = taller @ wider
    return resized


def bilinear_matrix(old: int, new: int, align_corners: bool, start: int = 0) -> np.ndarray:
    """Make the matrix that resizes an axis, of at most :data:`BLOCK` new pixels x old."""
    pixels = np.arange(start, min(start + BLOCK, new))
    if align_corners:
        places = pixels * ((old - 1) / max(new - 1, 1))
    else:
        places = (pixels + 0.5) * (old / new) - 0.5
    distances = np.abs(places.clip(0, old - 1)[:, None] - np.arange(old))
    return (1 - distances).clip(min=0).astype(np.float32)
