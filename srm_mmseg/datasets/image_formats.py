"""Open picture files of the formats that are admitted; needs no toolbox.

Not by ``Image.open``: it tries every format that Pillow knows, and its limit is a global of the
process, which belongs to the program that imports this package.
"""

from __future__ import annotations

import io
import os
import struct

from PIL import Image, JpegImagePlugin, UnidentifiedImageError

from srm_mmseg.datasets import png_chunks, tag_table
from srm_mmseg.datasets.image_memory import (
    RefusedImageError,
    bytes_needed,
    refuse_above,
    refuse_large_file,
)

FORMATS = ('JPEG', 'PNG', 'WEBP', 'TIFF', 'BMP', 'GIF', 'PPM', 'AVIF', 'JPEG2000')
"""Pillow's names of what is read; with JPEG its MPO, with PNG its APNG, with PPM its PGM and PBM."""

EXIF_MARK = b'Exif\0\0'


def open_image(data: bytes) -> Image.Image:
    """Read a picture's header.

    Args:
        data: What is in the file.

    Returns:
        The picture, whose ``load()`` decodes it: of an animation the first frame. Its ``info`` has
        the colour profile (``icc_profile``), and of a PNG that tells them the significant bits
        (``significant_bits``).

    Raises:
        RefusedImageError: If decoding it would take more memory than the limit, its format is
            another, or its tags are made to fill the memory.
        Exception: What else Pillow raises of a header that it does not understand.
    """
    name = _format_of(data)
    profile, bits = None, None
    if name == 'PNG':
        data, profile, bits = png_chunks.parts(data)
    elif name == 'TIFF':
        tag_table.refuse_repeated(data)
    elif name == 'JPEG':
        tag_table.refuse_repeated(_exif_of_jpeg(data))
    try:
        image = Image.OPEN[name][0](io.BytesIO(data), '')
    except (SyntaxError, IndexError, TypeError, struct.error) as error:  # as Image.open has it
        raise UnidentifiedImageError(f'its header does not make sense ({error})') from error
    if profile:
        image.info['icc_profile'] = profile
    if bits:
        image.info['significant_bits'] = bits
    refuse_above(bytes_needed(image, len(data)), f'has {image.width}x{image.height} pixels')
    return image


def read_header(path: str | os.PathLike) -> Image.Image:
    """Read the header of a picture's file; raises as :func:`open_image`, and OSError."""
    refuse_large_file(path)
    with open(path, 'rb') as file:
        return open_image(file.read())


def refuse_huge(path: str | os.PathLike, most_megapixels: float) -> None:
    """Refuse a picture of too many pixels, before they are decoded.

    Args:
        path: Its file.
        most_megapixels: Millions of pixels.

    Raises:
        ValueError: If it has more, or is no picture that can be read.
    """
    try:
        width, height = read_header(path).size
    except Exception as error:  # whatever a strange file makes Pillow raise
        raise ValueError(f'this is no image that can be read: {error}') from error
    if width * height > most_megapixels * 1e6:
        raise ValueError(
            f'Expected at most {most_megapixels:g} megapixels, but got {width}x{height}. '
            'Make it smaller first.'
        )


def _format_of(data: bytes) -> str:
    """Tell the format by the first bytes.

    Raises:
        UnidentifiedImageError: If it is none that Pillow knows.
        RefusedImageError: If it is none of :data:`FORMATS`.
    """
    Image.init()  # registers the formats, once
    for name in FORMATS:
        if name in Image.OPEN and _accepts(name, data[:16]):
            return name
    for name in Image.OPEN:
        if _accepts(name, data[:16]):
            raise RefusedImageError(
                f'is a {name} file, which is not read here. Save it as a JPEG or a PNG'
            )
    raise UnidentifiedImageError('cannot identify its format')


def _accepts(name: str, prefix: bytes) -> bool:
    """Tell whether a file begins as those of a format of Pillow."""
    accept = Image.OPEN[name][1]
    try:
        accepted = accept and accept(prefix)
    except (IndexError, struct.error):  # of a file that is shorter than what they look at
        return False
    return bool(accepted) and not isinstance(accepted, str)  # a text says why it is not


def _exif_of_jpeg(data: bytes) -> bytes:
    """Put together the EXIF blocks in a JPEG's header, as Pillow does when it opens it."""
    exif, position = [], 2
    while position + 4 <= len(data):
        position = data.find(b'\xff', position)
        marker = 0xFF00 | data[position + 1] if 0 <= position < len(data) - 1 else 0xFFDA
        if marker == 0xFFDA:  # the pixels begin
            break
        if marker == 0xFFFF:
            position += 1
            continue
        position += 2
        if marker in JpegImagePlugin.MARKER and JpegImagePlugin.MARKER[marker][2]:
            length = int.from_bytes(data[position : position + 2], 'big')
            body = data[position + 2 : position + length]
            if marker == 0xFFE1 and body.startswith(EXIF_MARK):
                exif.append(body[6:])
            position += max(length, 2)
    if len(exif) > 64:
        raise RefusedImageError(f'has {len(exif)} EXIF blocks. Save it anew without them')
    return b''.join(exif)
