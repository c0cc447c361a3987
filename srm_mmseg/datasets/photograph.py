"""Decode photographs as a viewer shows them, or say what is wrong; needs no toolbox."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import ExifTags, Image

from srm_mmseg.datasets.colour_profile import to_srgb
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
        _scale_colour_key(image)
        wait_for(bytes_needed(image, len(data)))
        image.load()
        return with_all_bits(image, data)
    except RefusedImageError:
        raise
    except Exception as error:  # Pillow's decoders raise what they stumble over
        reason = 'it is empty' if not data else error
        raise ValueError(f'cannot be decoded: {reason}') from error


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
        orientation = _orientation(image)
    except Exception as error:  # as for decoders
        raise ValueError(f'has an EXIF block that cannot be read: {error}') from error
    if image.mode == 'F':
        raise ValueError('holds floats, whose range nothing tells; save it with 8 bits a channel')
    if image.mode.startswith('I'):
        image = _eight_bits(image)
    return visible(np.ascontiguousarray(TURNED[orientation](in_strips(image, _pixels))))


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
    return in_strips(Image.fromarray(pixels), _strip_on_white)


def _strip_on_white(image: Image.Image) -> np.ndarray:
    """Lay an RGBA image on white; RGB, H x W x 3, uint8."""
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
    bits = photograph_bits(levels, declared_bits(image))
    grey = Image.fromarray((levels >> (bits - 8)).astype(np.uint8))
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
        return _orientation(image)
    except Exception:  # as for decoders
        return 1


def _orientation(image: Image.Image) -> int:
    """Read the EXIF orientation, 1 to 8; raises what Pillow stumbles over."""
    if exif := image.info.get('exif'):
        refuse_repeated(exif)
    orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    return orientation if orientation in TURNED else 1
