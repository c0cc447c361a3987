"""The one encoder of maps and of pictures of them."""

from __future__ import annotations

import cv2
import numpy as np

OPTIONS: dict[str, tuple[int, ...]] = {'.png': ()}
"""OpenCV's options by suffix. All formats keep each level of each pixel, and alpha."""


def encode(pixels: np.ndarray, suffix: str = '.png') -> bytes:
    """Encode pixels as an image file.

    Args:
        pixels: Grey, H x W; RGB, H x W x 3; or RGBA, H x W x 4; uint8.
        suffix: Of the format, one of :data:`OPTIONS`.

    Returns:
        What is to be in the file.

    Raises:
        ValueError: If the format is another.

    Example:
        >>> encode(np.zeros((2, 3), np.uint8))[1:4]
        b'PNG'
    """
    if suffix not in OPTIONS:
        raise ValueError(f'Expected a suffix out of {", ".join(OPTIONS)}, but got {suffix!r}.')
    pixels = np.ascontiguousarray(pixels)
    if pixels.ndim == 3:
        order = cv2.COLOR_RGB2BGR if pixels.shape[2] == 3 else cv2.COLOR_RGBA2BGRA
        pixels = cv2.cvtColor(pixels, order)
    return cv2.imencode(suffix, pixels, OPTIONS[suffix])[1].tobytes()
