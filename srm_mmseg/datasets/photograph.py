"""Decode photographs as a viewer shows them, or say what is wrong; needs no toolbox."""

from __future__ import annotations

import io

import numpy as np
from PIL import ExifTags, Image, ImageOps


def decode(data: bytes) -> Image.Image:
    """Decode an image file to its last pixel; of an animation, its first frame.

    Pillow decodes, and not OpenCV, which fills the missing part of a truncated JPEG with grey
    and goes on.

    Args:
        data: What is in the file.

    Returns:
        The decoded image, in the mode that the file has.

    Raises:
        ValueError: If the data is no image, is truncated, corrupt or larger than Pillow allows.
    """
    try:
        image = Image.open(io.BytesIO(data))
        image.load()
    except Exception as error:  # Pillow's decoders raise what they stumble over
        reason = 'it is empty' if not data else error
        raise ValueError(f'cannot be decoded: {reason}') from error
    return image


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
        image = ImageOps.exif_transpose(image)
    except Exception as error:  # as for decoders
        raise ValueError(f'has an EXIF block that cannot be read: {error}') from error
    if image.mode == 'F':
        raise ValueError('holds floats, whose range nothing tells; save it with 8 bits a channel')
    if image.mode.startswith('I'):  # 16 bits a pixel, which Pillow would clip to 255
        levels = np.asarray(image)
        if levels.min() < 0 or levels.max() > 65535:
            raise ValueError(f'has levels of {levels.min()} to {levels.max()}; save it with 8 bits')
        image = Image.fromarray((levels >> (8 if levels.max() > 255 else 0)).astype(np.uint8))
    return np.asarray(image.convert('RGB'))


def exif_orientation(image: Image.Image) -> int:
    """Read the EXIF orientation, 1 to 8; 1, upright, where there is none that can be read."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # as for decoders
        return 1
    return orientation if orientation in range(2, 9) else 1
