"""Decode photographs as a viewer shows them, or say what is wrong; needs no toolbox."""

from __future__ import annotations

import io

import numpy as np
from PIL import ExifTags, Image, ImageOps

from srm_mmseg.datasets.colour_profile import to_srgb


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
        _scale_colour_key(image)
        image.load()
    except Exception as error:  # Pillow's decoders raise what they stumble over
        reason = 'it is empty' if not data else error
        raise ValueError(f'cannot be decoded: {reason}') from error
    return image


def upright(image: Image.Image) -> np.ndarray:
    """Turn an image upright by its EXIF orientation and convert it to sRGB by its ICC profile.

    Args:
        image: Of any mode; grey levels of 16 bits become 8.

    Returns:
        RGB pixels, H x W x 3, or RGBA, H x W x 4, if a pixel is not opaque; uint8. Colours are not
        multiplied by alpha.

    Raises:
        ValueError: If the mode has no RGB of its own, such as floats of any range.
    """
    try:
        image = ImageOps.exif_transpose(image)
    except Exception as error:  # as for decoders
        raise ValueError(f'has an EXIF block that cannot be read: {error}') from error
    if image.mode == 'F':
        raise ValueError('holds floats, whose range nothing tells; save it with 8 bits a channel')
    if image.mode.startswith('I'):
        image = _eight_bits(image)
    return visible(_pixels(image))


def upright_rgb(image: Image.Image) -> np.ndarray:
    """Turn an image upright, convert it to sRGB and lay what is transparent on white.

    Args:
        image: As :func:`upright`.

    Returns:
        RGB pixels, H x W x 3, uint8.

    Raises:
        ValueError: As :func:`upright`.
    """
    return on_white(upright(image))


def visible(pixels: np.ndarray) -> np.ndarray:
    """Leave alpha out where all is opaque.

    Args:
        pixels: RGB, H x W x 3, or RGBA, H x W x 4, uint8.

    Returns:
        RGB if all is opaque; otherwise the pixels.
    """
    return pixels[..., :3] if pixels.shape[2] == 4 and pixels[..., 3].min() == 255 else pixels


def on_white(pixels: np.ndarray) -> np.ndarray:
    """Lay pixels on white, as viewers do.

    Args:
        pixels: RGB, H x W x 3, or RGBA, H x W x 4, uint8.

    Returns:
        RGB, H x W x 3, uint8.
    """
    if pixels.shape[2] == 3:
        return pixels
    image = Image.fromarray(pixels)
    white = Image.new('RGBA', image.size, 'white')
    return np.asarray(Image.alpha_composite(white, image).convert('RGB'))


def _pixels(image: Image.Image) -> np.ndarray:
    """Convert an image to RGB, H x W x 3, or RGBA, H x W x 4, if it has any alpha; uint8."""
    if not image.has_transparency_data:
        return np.asarray(to_srgb(image))
    mode = 'LA' if image.mode in ('1', 'L', 'LA', 'La') else 'RGBA'
    image = image if image.mode == mode else image.convert(mode)
    colours = image.getchannel('L') if mode == 'LA' else image.convert('RGB')
    return np.dstack([np.asarray(to_srgb(colours)), np.asarray(image.getchannel('A'))])


def _eight_bits(image: Image.Image) -> Image.Image:
    """Bring grey levels of 16 bits, which Pillow would clip to 255, to 8."""
    levels = np.asarray(image)
    if levels.min() < 0 or levels.max() > 65535:
        raise ValueError(f'has levels of {levels.min()} to {levels.max()}; save it with 8 bits')
    grey = Image.fromarray((levels >> (8 if levels.max() > 255 else 0)).astype(np.uint8))
    grey.info['icc_profile'] = image.info.get('icc_profile')
    if (key := image.info.get('transparency')) is not None:
        grey.putalpha(Image.fromarray(np.where(levels == key, 0, 255).astype(np.uint8)))
    return grey


def _scale_colour_key(image: Image.Image) -> None:
    """Bring a PNG's transparent colour to 8 bits, as Pillow does with its pixels when it loads."""
    key = image.info.get('transparency')
    tiles = getattr(image, 'tile', None) if image.format == 'PNG' else None
    depth = tiles[0].args if tiles else None
    if depth == 'RGB;16B' and isinstance(key, tuple):
        image.info['transparency'] = tuple(level >> 8 for level in key)
    elif depth in ('L;2', 'L;4') and isinstance(key, int):
        image.info['transparency'] = key * (85 if depth == 'L;2' else 17)


def exif_orientation(image: Image.Image) -> int:
    """Read the EXIF orientation, 1 to 8; 1, upright, where there is none that can be read."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # as for decoders
        return 1
    return orientation if orientation in range(2, 9) else 1
