"""Check one photograph."""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image

from srm_mmseg.datasets.checks.file_check import bits_per_channel, decode_file
from srm_mmseg.datasets.checks.finding import Finding
from srm_mmseg.datasets.photograph import exif_orientation, upright_rgb

SHORTEST_SIDE = 32
THUMBNAIL_SIDE = 32
GREY_TOLERANCE = 8  # between the channels of a grey photograph, of 255: JPEG's noise
BLANK_DEVIATION = 1.0  # of the pixels of a picture of one colour, of 255


class ImageFacts(NamedTuple):
    """What later checks need of a photograph.

    Attributes:
        size: Width and height, upright.
        stored_size: Width and height in the file.
        orientation: The EXIF orientation, 1 to 8.
        is_blank: Whether it has one colour only.
        digest: Equal for equal upright pixels.
        thumbnail: Grey, 32 x 32, uint8.
    """

    size: tuple[int, int]
    stored_size: tuple[int, int]
    orientation: int
    is_blank: bool
    digest: bytes
    thumbnail: np.ndarray


def check_image(path: str) -> tuple[ImageFacts | None, list[Finding]]:
    """Check a photograph on its own.

    Returns:
        What later checks need, or None if the file does not decode; and the findings.
    """
    image, findings = decode_file(path)
    if image is None:
        return None, findings
    try:
        rgb = upright_rgb(image)
    except Exception as error:  # whatever a strange file makes Pillow raise is a fault of the file
        return None, [*findings, Finding(path, 'corrupt_file', f'does not convert to RGB: {error}')]
    height, width = rgb.shape[:2]
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    facts = ImageFacts(
        size=(width, height),
        stored_size=image.size,
        orientation=exif_orientation(image),
        is_blank=bool(cv2.meanStdDev(rgb)[1].max() <= BLANK_DEVIATION),
        digest=digest(rgb),
        thumbnail=cv2.resize(grey, (THUMBNAIL_SIDE,) * 2, interpolation=cv2.INTER_AREA),
    )
    return facts, findings + _content_findings(path, facts, rgb) + _mode_notes(path, image)


def digest(pixels: np.ndarray) -> bytes:
    """Hash pixels, of any shape, so that equal ones have equal digests."""
    hashed = blake2b(str(pixels.shape).encode(), digest_size=16)
    hashed.update(np.ascontiguousarray(pixels).data)
    return hashed.digest()


def _content_findings(path: str, facts: ImageFacts, rgb: np.ndarray) -> list[Finding]:
    """Find what is wrong with the pixels."""
    findings = []
    if min(facts.size) < SHORTEST_SIDE:
        width, height = facts.size
        findings.append(Finding(path, 'tiny_image', f'{width}x{height} pixels'))
    elif facts.is_blank:
        findings.append(Finding(path, 'blank_image', f'all pixels are about {rgb[0, 0].tolist()}'))
    return findings


def _mode_notes(path: str, image: Image.Image) -> list[Finding]:
    """Note how the file stores colours."""
    notes = []
    mode, bits = image.mode, bits_per_channel(image, path)
    if image.has_transparency_data:
        alpha = np.asarray(image.convert('RGBA'))[..., 3]
        if (share := (alpha < 255).mean()) > 0:
            notes.append(Finding(path, 'transparent_image', f'{share:.0%} of the pixels'))
    if bits > 8:
        notes.append(Finding(path, 'sixteen_bit_image', f'{bits} bits a channel'))
    if mode == 'P':
        notes.append(Finding(path, 'palette_image', 'colours of a palette'))
    if mode == 'CMYK':
        profile = '' if image.info.get('icc_profile') else 'out'
        notes.append(Finding(path, 'cmyk_image', f'four channels, with{profile} a profile'))
    elif mode in ('1', 'L', 'LA', 'I', 'F') or mode.startswith('I;'):
        notes.append(Finding(path, 'grey_image', f'one channel (image mode {mode!r})'))
    else:
        red, green, blue = cv2.split(np.asarray(image.convert('RGB')))
        difference = max(cv2.absdiff(red, green).max(), cv2.absdiff(red, blue).max())
        if difference <= GREY_TOLERANCE:
            notes.append(Finding(path, 'grey_as_rgb', f'channels differ by at most {difference}'))
    return notes
