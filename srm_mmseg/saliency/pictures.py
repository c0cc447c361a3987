"""Pictures of an image and its maps: cut-out, overlay, strip."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

PANEL = 640  # pixels, the longer side of a picture in a strip


def cutout(image: np.ndarray, saliency: np.ndarray) -> np.ndarray:
    """Make everything but the object transparent.

    Args:
        image: RGB, H x W x 3, or RGBA, H x W x 4, uint8.
        saliency: Map, H x W, uint8.

    Returns:
        RGBA, H x W x 4, uint8: the image's own colours; alpha is the map, or the image's alpha where
        that is smaller.
    """
    if image.shape[2] == 4:
        cut = image.copy()
    else:
        cut = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2RGBA)
    np.minimum(cut[..., 3], saliency, out=cut[..., 3])
    return cut


def overlay(image: np.ndarray, saliency: np.ndarray) -> np.ndarray:
    """Paint the object red and the rest darker.

    Args:
        image: RGB, H x W x 3, uint8.
        saliency: Map, H x W, uint8.

    Returns:
        RGB, H x W x 3, uint8.
    """
    # Half of the image everywhere; the other half from black to the colour.
    red = np.rint(np.outer(np.arange(256), (255, 40, 40)) / 510).astype(np.uint8)
    painted = cv2.LUT(cv2.merge([saliency] * 3), red[None])
    painted += image // 2
    return painted


def strip(image: np.ndarray, stages: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Put an image, its stages' maps, S1 first, and its cut-out side by side.

    Args:
        image: RGB, H x W x 3, uint8.
        stages: Maps, T x H x W, uint8.
        alpha: Of the cut-out, H x W, uint8.

    Returns:
        RGB, H' x (T + 2) W' x 3, uint8; each picture is 640 pixels long at most. The cut-out is on a
        checkerboard.
    """
    height, width = image.shape[:2]
    shrink = min(1, PANEL / max(height, width))
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    small, alpha, *maps = (
        cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in (image, alpha, *stages)
    )
    return np.hstack([side_by_side(small, maps), on_checkerboard(small, alpha)])


def on_checkerboard(image: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Lay an image on white and grey squares of 8 pixels.

    Args:
        image: RGB, H x W x 3, uint8.
        alpha: H x W, uint8.

    Returns:
        RGB, H x W x 3, uint8.
    """
    rows, columns = (np.arange(side) // 8 for side in alpha.shape)
    board = np.where((rows[:, None] + columns) % 2, 204, 255)[..., None]
    share = alpha[..., None] / 255
    return np.rint(share * image + (1 - share) * board).astype(np.uint8)


def side_by_side(image: np.ndarray, maps: Iterable[np.ndarray]) -> np.ndarray:
    """Put an image and maps of its size next to each other.

    Args:
        image: RGB, H x W x 3, uint8.
        maps: Each H x W, uint8.

    Returns:
        RGB, H x (1 + number of maps) W x 3, uint8.
    """
    return np.hstack([image, *(np.repeat(one[..., None], 3, axis=2) for one in maps)])
