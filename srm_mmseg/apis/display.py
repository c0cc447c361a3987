"""How a player turns and mirrors a video."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

Matrix = tuple[int, int, int, int]


def display_matrix(frame: Any) -> Matrix:
    """Read how players turn and mirror a video; ask for one frame alone, which stays in memory.

    Returns:
        a, b, c, d of any common size: a pixel at (x, y) is shown at (a x + c y, b x + d y), but for a
        shift.
    """
    for one in frame.side_data:
        if one.type.name == 'DISPLAYMATRIX':
            a, b, _, c, d = struct.unpack('=5i', bytes(memoryview(one))[:20])
            return a, b, c, d
    return 1, 0, 0, 1


def is_turned(matrix: Matrix) -> bool:
    """Tell whether width and height change places."""
    return abs(matrix[1]) > abs(matrix[0])


def upright(pixels: np.ndarray, matrix: Matrix) -> np.ndarray:
    """Turn and mirror a frame, H x W x C, as a display matrix tells."""
    a, b, c, d = matrix
    if is_turned(matrix):
        pixels, a, d = pixels.swapaxes(0, 1), c, b
    return np.ascontiguousarray(pixels[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1])
