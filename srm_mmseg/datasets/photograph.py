"""Decode photographs as a viewer shows them, or say what is wrong; needs no toolbox."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import ExifTags, Image

from srm_mmseg.datasets.image_formats import open_image
from srm_mmseg.datasets.image_memory import RefusedImageError, bytes_needed, wait_for
from srm_mmseg.datasets.sample_bits import declared_bits, photograph_bits, with_all_bits
from srm_mmseg.datasets.strips import in_strips
from srm_mmseg.datasets.tag_table import refuse_repeated

TURNED: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda pixels: pixels,
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: pixels.swapaxes(0, 1)[:, ::-1],
    7: lambda pixels: pixels.swapaxes(0, 1)[::-1, ::-1],
    8: lambda pixels: pixels.swapaxes(0, 1)[::-1],
}
"""What turns pixels, H x W x ..., upright, by EXIF orientation."""


def decode(data: bytes) -> Image.Image:
    """Decode an image file to its last pixel; of an animation, its first frame.

    Pillow decodes, and not OpenCV, which fills the missing part of a truncated JPEG with grey
    and goes on.

    Args:
        data: What is in the file.

    Returns:
        The decoded image, in the mode that the file has.

    Raises:
        RefusedImageError: If it would take more memory than the limit of
            :mod:`~srm_mmseg.datasets.image_memory`, or its format is not admitted.
        ValueError: If the data is no image, is truncated or corrupt.
    """
    try:
        image = open_image(data)
        wait_for(bytes_needed(image, len(data)))
        image.load()
        return with_all_bits(image, data)
    except RefusedImageError:
        raise
    except Exception as error:  # Pillow's decoders raise what they stumble over
        reason = 'it is empty' if not data else error
        raise ValueError(f'cannot be decoded: {reason}') from error


def upright_rgb(image: Image.Image) -> np.ndarray:
    """Turn an image upright by its EXIF orientation and convert it to RGB.

    Args:
        image: Of any mode: grey levels of 16 bits become 8, alpha is left out.

    Returns:
        RGB pixels, H x W x 3, uint8.

    Raises:
        ValueError: If the mode has no RGB of its own, such as floats of any range.
    """
    try:
        orientation = _orientation(image)
    except Exception as error:  # as for decoders
        raise ValueError(f'has an EXIF block that cannot be read: {error}') from error
    if image.mode == 'F':
        raise ValueError('holds floats, whose range nothing tells; save it with 8 bits a channel')
    if image.mode.startswith('I'):  # 16 bits a pixel, which Pillow would clip to 255
        levels = np.asarray(image)
        if levels.min() < 0 or levels.max() > 65535:
            raise ValueError(f'has levels of {levels.min()} to {levels.max()}; save it with 8 bits')
        bits = photograph_bits(levels, declared_bits(image))
        image = Image.fromarray((levels >> (bits - 8)).astype(np.uint8))
    return np.ascontiguousarray(TURNED[orientation](in_strips(image, _rgb)))


def _rgb(image: Image.Image) -> np.ndarray:
    """Convert an image to RGB, H x W x 3, uint8."""
    return np.asarray(image if image.mode == 'RGB' else image.convert('RGB'))


def exif_orientation(image: Image.Image) -> int:
    """Read the EXIF orientation, 1 to 8; 1, upright, where there is none that can be read."""
    try:
        return _orientation(image)
    except Exception:  # as for decoders
        return 1


def _orientation(image: Image.Image) -> int:
    """Read the EXIF orientation, 1 to 8; raises what Pillow stumbles over."""
    if exif := image.info.get('exif'):
        refuse_repeated(exif)
    orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    return orientation if orientation in TURNED else 1
