"""How many of 16 bits a picture uses: cameras and scanners store 10, 12 or 14 as they are."""

from __future__ import annotations

import warnings
from typing import Any

import cv2
import numpy as np
from PIL import Image

BITS_PER_SAMPLE, MAX_SAMPLE_VALUE, S_MAX_SAMPLE_VALUE = 258, 281, 341  # tags of TIFF
USUAL = (8, 10, 12, 14, 16)
DARK = 63  # of 255: no level of 14 bits is above it when they are read as 16


def declared_bits(image: Image.Image) -> int | None:
    """Read how many bits a file says that its levels have: a PNG's sBIT, a TIFF's tags."""
    tags = getattr(image, 'tag_v2', {})
    stored = [
        bits for bits in _numbers(tags.get(BITS_PER_SAMPLE)) if bits < 16
    ]  # or it tells nothing
    bits = [image.info.get('significant_bits'), *stored]
    for tag in (MAX_SAMPLE_VALUE, S_MAX_SAMPLE_VALUE):
        bits += [value.bit_length() for value in _numbers(tags.get(tag))]
    return min((one for one in bits if one and 8 <= one <= 16), default=None)


def photograph_bits(levels: np.ndarray, declared: int | None) -> int:
    """Tell of how many bits a photograph's levels are.

    A file that tells is believed. Otherwise levels that end exactly where 10, 12 or 14 bits do are
    of so many bits, as of a sensor that is saturated somewhere; others are left as dark as they are.

    Args:
        levels: Any shape, 0 to 65535.
        declared: What the file says, if anything.

    Returns:
        8, 10, 12, 14 or 16, or the declared number.
    """
    top = int(levels.max())
    if declared and top < 1 << declared:
        return declared
    if top + 1 in (1 << 10, 1 << 12, 1 << 14):
        return top.bit_length()
    if 255 < top < 1 << 12:
        warnings.warn(
            f'Expected a picture of 16 bits to have levels up to 65535, but got up to {top}: it stays '
            'as dark as it is. If its levels have 12 bits, say so in the file (sBIT of a PNG, '
            'MaxSampleValue of a TIFF), or multiply them by 16.',
            stacklevel=2,
        )
    return 8 if top < 256 else 16


def mask_bits(levels: np.ndarray, declared: int | None) -> int:
    """Tell of how many bits a mask's levels are: the fewest of the usual that hold them all.

    A mask has objects, and they are white; read as 16 bits it would be empty.

    Args:
        levels: Any shape, 0 to 65535.
        declared: What the file says, if anything.
    """
    top = int(levels.max())
    if declared and 255 < top < 1 << declared < 1 << 16:
        return declared
    return next(bits for bits in USUAL if top < 1 << bits)


def with_all_bits(image: Image.Image, data: bytes) -> Image.Image:
    """Decode colours of 16 bits again if they are of fewer: Pillow keeps the upper 8 alone.

    Args:
        image: As Pillow decodes it.
        data: The file.

    Returns:
        The image, or one whose colours have the upper 8 of the bits that are used.
    """
    if image.mode not in ('RGB', 'RGBA') or not _has_sixteen_bits(image, data):
        return image
    extrema: Any = image.getextrema()  # a pair a channel
    if max(high for _, high in extrema[:3]) > DARK:
        return image
    levels: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if levels is None or levels.dtype != np.uint16 or levels.shape[:2] != image.size[::-1]:
        return image
    bits = photograph_bits(levels[..., :3], declared_bits(image))
    if bits == 16 or levels.ndim != 3:
        return image
    colours = Image.fromarray((levels[..., 2::-1] >> (bits - 8)).astype(np.uint8))
    if image.mode == 'RGBA':
        colours.putalpha(image.getchannel('A'))
    colours.info, colours.format = image.info, image.format
    return colours


def _has_sixteen_bits(image: Image.Image, data: bytes) -> bool:
    """Tell whether a decoded file has more than 8 bits a channel."""
    if image.format == 'PNG':
        return data[24:25] == b'\x10'
    tags = getattr(image, 'tag_v2', {})
    return 16 in _numbers(tags.get(BITS_PER_SAMPLE))


def _numbers(value: object) -> list[int]:
    """List a tag's whole numbers."""
    values = value if isinstance(value, tuple) else (value,)
    return [int(one) for one in values if isinstance(one, int | float) and 0 < one < 1 << 32]
