"""Read image files whole, or say which file is broken."""

from __future__ import annotations

import os.path as osp

import numpy as np
from PIL import Image

from srm_mmseg.datasets.image_memory import RefusedImageError, refuse_large_file
from srm_mmseg.datasets.photograph import decode, upright_rgb
from srm_mmseg.datasets.stored_files import read_bytes


class BadFileError(ValueError):
    """An image or mask file that cannot be used; the message names it."""


def read_image(path: str, backend_args: dict | None = None) -> Image.Image:
    """Decode an image file to its last pixel.

    Args:
        path: File path or URL that a file backend of MMEngine reads.
        backend_args: Arguments of the file backend.

    Returns:
        The decoded image, in the mode that the file has.

    Raises:
        FileNotFoundError: If there is no such file.
        BadFileError: If the file is no image, is truncated or is corrupt, or would take more memory
            than the limit.
    """
    try:
        if osp.isfile(path):
            refuse_large_file(path)
        return decode(read_bytes(path, backend_args))
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f'Expected an image at {path!r}, but there is no such file. '
            'Restore it, or leave its name out of ann_file.'
        ) from error
    except RefusedImageError as error:
        raise BadFileError(f'Expected an image that may be read, but {path!r} {error}.') from error
    except (OSError, ValueError) as error:
        raise BadFileError(
            f'Expected a complete image file, but got {path!r}, which {error}. '
            'Copy or download it again, or leave its name out of ann_file.'
        ) from error


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
    image = read_image(path, backend_args)
    try:
        return upright_rgb(image)
    except ValueError as error:
        raise BadFileError(
            f'Expected a photograph of 8 or 16 bits a channel, but got {path!r}, which {error}.'
        ) from error
