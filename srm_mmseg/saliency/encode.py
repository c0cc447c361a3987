"""The one encoder of maps and of pictures of them."""

from __future__ import annotations

import cv2
import numpy as np

PNG_OF_GREY = (
    *(cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE),
    *(cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP),
)
"""For maps, which are smooth: most differences to the row above are 0, and equal bytes are counted."""

PNG_OF_COLOURS = (
    *(cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_HUFFMAN_ONLY),
    *(cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_AVG),
)
"""For photographs: in their noise, a search for repeated bytes takes time and finds little."""

OPTIONS: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    '.png': (PNG_OF_GREY, PNG_OF_COLOURS)
}
"""OpenCV's options by suffix, for grey and for colours. All formats keep each level and alpha."""


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
    grey, colours = OPTIONS[suffix]
    if pixels.ndim == 3:
        order = cv2.COLOR_RGB2BGR if pixels.shape[2] == 3 else cv2.COLOR_RGBA2BGRA
        pixels = cv2.cvtColor(pixels, order)
    return cv2.imencode(suffix, pixels, grey if pixels.ndim == 2 else colours)[1].tobytes()
