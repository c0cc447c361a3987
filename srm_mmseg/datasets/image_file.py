"""Read image files whole, or say which file is broken."""

from __future__ import annotations

import io

import numpy as np
from mmengine import fileio
from PIL import ExifTags, Image, ImageOps


class BadFileError(ValueError):
    """An image or mask file that cannot be used; the message names it."""


def read_image(path: str, backend_args: dict | None = None) -> Image.Image:
    """Decode an image file to its last pixel.

    Pillow decodes, and not OpenCV, which fills the missing part of a truncated JPEG with grey
    and goes on.

    Args:
        path: File path or URL that a file backend of MMEngine reads.
        backend_args: Arguments of the file backend.

    Returns:
        The decoded image, in the mode that the file has.

    Raises:
        FileNotFoundError: If there is no such file.
        BadFileError: If the file is no image, is truncated or is corrupt.
    """
    try:
        data = fileio.get(path, backend_args=backend_args)
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f'Expected an image at {path!r}, but there is no such file. '
            'Restore it, or leave its name out of ann_file.'
        ) from error
    return decode_image(data, path)


def decode_image(data: bytes, path: str) -> Image.Image:
    """Decode the bytes of an image file to the last pixel.

    Args:
        data: The whole file.
        path: What an error calls it.

    Returns:
        The decoded image, in the mode that the file has.

    Raises:
        BadFileError: If the bytes are no image, are truncated or are corrupt.
    """
    try:
        image = Image.open(io.BytesIO(data))
        image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadFileError(
            f'Expected a complete image file, but got {path!r}, which cannot be decoded: {error}. '
            'Copy or download it again, or leave its name out of ann_file.'
        ) from error
    return image


def read_photograph(path: str, backend_args: dict | None = None) -> np.ndarray:
    """Read an image as a viewer shows it.

    Args:
        path: As :func:`read_image`.
        backend_args: As :func:`read_image`.

    Returns:
        RGB pixels, H x W x 3, uint8, turned upright by the EXIF orientation.

    Raises:
        FileNotFoundError: If there is no such file.
        BadFileError: If the file is no image, is truncated or is corrupt.
    """
    return upright_rgb(read_image(path, backend_args))


def upright_rgb(image: Image.Image) -> np.ndarray:
    """Turn a decoded photograph as its EXIF orientation says; RGB, H x W x 3, uint8."""
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith('I'):  # 16 bits a pixel, which Pillow would clip to 255
        levels = np.asarray(image)
        image = Image.fromarray((levels >> (8 if levels.max() > 255 else 0)).astype(np.uint8))
    return np.asarray(image.convert('RGB'))


def exif_orientation(image: Image.Image) -> int:
    """Read the EXIF orientation, 1 to 8; 1, upright, where there is none that can be read."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # whatever broken EXIF makes Pillow raise
        return 1
    return orientation if orientation in range(2, 9) else 1
