"""Convert large pictures strip by strip, so that no step copies them whole."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

STRIP = 1 << 22  # pixels that are converted at once


def in_strips(image: Image.Image, convert: Callable[[Image.Image], np.ndarray]) -> np.ndarray:
    """Convert an image, a strip of whole rows after the other.

    Args:
        image: Any; a strip has its mode, palette and ``info``.
        convert: Turns a strip into pixels, h x W x C, uint8. Each pixel's result must depend on that
            pixel alone.

    Returns:
        Pixels, H x W x C, uint8.
    """
    width, height = image.size
    rows = max(1, STRIP // width)
    if rows >= height:
        return convert(image)
    pixels = np.empty(0, np.uint8)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        strip = convert(image.crop((0, top, width, bottom)))
        if not top:
            pixels = np.empty((height, *strip.shape[1:]), np.uint8)
        pixels[top:bottom] = strip
    return pixels
