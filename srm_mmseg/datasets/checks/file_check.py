"""Check that a path is an image file which decodes to its last pixel."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from srm_mmseg.datasets import png_chunks
from srm_mmseg.datasets.checks.finding import Finding
from srm_mmseg.datasets.image_memory import RefusedImageError, refuse_large_file
from srm_mmseg.datasets.photograph import decode

SIGNATURES = (b'\xff\xd8\xff', b'\x89PNG', b'GIF8', b'BM', b'RIFF', b'II*\0', b'MM\0*')
JPEG_SCAN, JPEG_END = b'\xff\xda', b'\xff\xd9'
PNG_END = b'IEND\xaeB`\x82'  # the last chunk's name and checksum


def decode_file(path: str) -> tuple[Image.Image | None, list[Finding]]:
    """Decode an image file.

    Returns:
        The image as the file has it, or None with the fault that keeps it from being read; and
        notes about the file.
    """
    data, fault = _read_bytes(path)
    if fault:
        return None, [fault]
    try:
        image = decode(data)
        _refuse_damage(data, image.format)
        return image, _notes(path, image)
    except RefusedImageError as error:
        return None, [Finding(path, 'refused_file', str(error))]
    except Exception as error:  # whatever a strange file makes Pillow raise is a fault of the file
        if not data.startswith(SIGNATURES):
            detail = f'no image format known to Pillow; the file starts with {data[:24]!r}'
            return None, [Finding(path, 'not_an_image', detail)]
        cause = error.__cause__ or error
        reason = 'its header' if isinstance(cause, UnidentifiedImageError) else cause
        return None, [Finding(path, 'corrupt_file', f'cut off or damaged: {reason}')]


def bits_per_channel(image: Image.Image, path: str) -> int:
    """Tell the bits of a channel in the file; Pillow scales PNGs of 2 and 4 to 8, RGB of 16 too."""
    if image.format == 'PNG':
        with open(path, 'rb') as file:
            return file.read(25)[24]
    return {'1': 1, 'I': 32, 'F': 32}.get(image.mode, 16 if image.mode.startswith('I;16') else 8)


def _read_bytes(path: str) -> tuple[bytes, Finding | None]:
    """Read a file, or say what is in its place."""
    if os.path.islink(path) and not os.path.exists(path):
        return b'', Finding(path, 'broken_link', f'leads to {os.readlink(path)!r}: no such file')
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            kind = 'a folder' if os.path.isdir(path) else 'a pipe or a device'
            return b'', Finding(path, 'not_a_file', f'is {kind}')
        refuse_large_file(path)
        data = Path(path).read_bytes()
    except RefusedImageError as error:
        return b'', Finding(path, 'refused_file', str(error))
    except OSError as error:
        return b'', Finding(path, 'unreadable_file', error.strerror or str(error))
    return data, None if data else Finding(path, 'empty_file', 'has 0 bytes')


def _refuse_damage(data: bytes, image_format: str | None) -> None:
    """Raise ValueError where Pillow decodes a file although a part of it is missing or altered."""
    if image_format in ('JPEG', 'MPO') and data.rfind(JPEG_END) < data.rfind(JPEG_SCAN):
        raise ValueError('its end is missing (no end marker after the last scan)')
    if image_format == 'PNG':
        if PNG_END not in data:
            raise ValueError('its end is missing (no complete IEND chunk)')
        if not png_chunks.checksums_fit(data):
            raise ValueError('a checksum does not fit')


def _notes(path: str, image: Image.Image) -> list[Finding]:
    """Note what is unusual about a file that decodes."""
    notes = []
    suffix = Path(path).suffix.lower()
    format_of_suffix = Image.registered_extensions().get(suffix)
    actual = 'JPEG' if image.format == 'MPO' else image.format
    if format_of_suffix != actual:
        notes.append(Finding(path, 'wrong_suffix', f'a {image.format} file that is named {suffix}'))
    if getattr(image, 'is_animated', False):
        # A TIFF's pages are not counted: their tables of tags would be read, of any size.
        frames = 'several' if image.format == 'TIFF' else getattr(image, 'n_frames', 'several')
        notes.append(Finding(path, 'several_frames', f'{frames} frames ({image.format})'))
    return notes
