"""The colours of a photograph as a viewer shows them: its ICC profile applied; needs no toolbox."""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

EQUAL = 2  # levels of 255; the sRGB profiles of cameras and of LittleCMS differ by 1


def to_srgb(image: Image.Image) -> Image.Image:
    """Convert an image to RGB, from the colours of its profile to sRGB's.

    Args:
        image: Of any mode without alpha. Without a profile, or with one that cannot be read or is
            for other channels than the image has, Pillow converts it, as if it were sRGB.

    Returns:
        The image of mode RGB. A profile that is sRGB itself changes no pixel.
    """
    profile = image.info.get('icc_profile')
    if image.mode not in ('RGB', 'L', 'CMYK'):
        image = image.convert('RGB')
    transform = _transform(profile, image.mode) if profile else None
    if transform:
        return transform.apply(image)
    return image if image.mode == 'RGB' else image.convert('RGB')


@lru_cache(maxsize=8)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Build the conversion to sRGB, if the profile can be used and is another; threads share it."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        transform = ImageCms.buildTransform(source, ImageCms.createProfile('sRGB'), mode, 'RGB')
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None
    return None if mode != 'CMYK' and _changes_nothing(transform, mode) else transform


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Tell whether a conversion leaves colours of all kinds as they are."""
    axes = [np.arange(0, 256, 15, dtype=np.uint8)] * 3
    colours = np.stack(np.meshgrid(*axes), axis=-1).reshape(1, -1, 3)
    if mode == 'L':
        colours = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    before = Image.fromarray(colours).convert(mode)
    after = np.asarray(transform.apply(before)).astype(int)
    return bool(np.abs(after - colours).max() <= EQUAL)
