"""Pictures of saliency maps, and how they come to disk whole."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

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
    alpha = saliency if image.shape[2] == 3 else np.minimum(image[..., 3], saliency)
    return np.dstack([image[..., :3], alpha])


def overlay(image: np.ndarray, saliency: np.ndarray) -> np.ndarray:
    """Paint the object red and the rest darker.

    Args:
        image: RGB, H x W x 3, uint8.
        saliency: Map, H x W, uint8.

    Returns:
        RGB, H x W x 3, uint8.
    """
    levels = np.arange(256)
    painted = np.empty_like(image)
    for channel, colour in enumerate((255, 40, 40)):
        # Half of the image everywhere; the other half from black to the colour.
        added = np.rint(levels * colour / 510).astype(np.uint8)
        painted[..., channel] = image[..., channel] // 2 + cv2.LUT(saliency, added)
    return painted


def strip(image: np.ndarray, stages: np.ndarray) -> np.ndarray:
    """Put an image and its stages' maps side by side, S1 first, each 640 pixels long at most.

    Args:
        image: RGB, H x W x 3, uint8.
        stages: Maps, T x H x W, uint8.

    Returns:
        RGB, H' x (T + 1) W' x 3, uint8.
    """
    height, width = image.shape[:2]
    shrink = min(1, PANEL / max(height, width))
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    panels = [image, *(np.repeat(one[..., None], 3, axis=2) for one in stages)]
    return np.hstack([cv2.resize(panel, size, interpolation=cv2.INTER_AREA) for panel in panels])


def png(pixels: np.ndarray) -> bytes:
    """Encode grey (H x W), RGB or RGBA (H x W x 3 or 4) pixels, uint8."""
    if pixels.ndim == 3:
        order = cv2.COLOR_RGB2BGR if pixels.shape[2] == 3 else cv2.COLOR_RGBA2BGRA
        pixels = cv2.cvtColor(pixels, order)
    return cv2.imencode('.png', pixels)[1].tobytes()


def temporary(path: Path) -> Path:
    """Name a file beside another for what is not complete yet; the suffix is kept.

    The name is short, since a file's own may be as long as names can be, and no other run's, on
    whatever machine.
    """
    return path.with_name(f'.{uuid4().hex}.part{path.suffix}')


def write_whole(data: bytes, path: Path) -> None:
    """Write a file, and its folder, so that nobody ever sees a part of it.

    Raises:
        OSError: If it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = temporary(path)
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
