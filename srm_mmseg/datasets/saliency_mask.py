"""Turn a mask file of any encoding into {0, 1}: the one place that binarises."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

from srm_mmseg.datasets.image_file import BadFileError, read_image
from srm_mmseg.datasets.photograph import exif_orientation
from srm_mmseg.datasets.sample_bits import declared_bits, mask_bits

THRESHOLD = 128
"""The field's convention: what is above this level, of 255, is foreground."""

GREY_MODES = ('1', 'L')
COLOUR_MODES = ('RGB', 'P', 'LA', 'PA', 'RGBA')
SIXTEEN_BIT_MODES = ('I;16', 'I;16L', 'I;16B', 'I')

# Largest difference between the channels of a grey pixel: JPEG masks have coloured fringes.
JPEG_COLOUR_TOLERANCE = 64

NEAR_SHARE = 0.01  # of all pixels; soft edges have fewer at any one level


def binarise(grey: np.ndarray, threshold: int = THRESHOLD) -> np.ndarray:
    """Mark as foreground what is above a threshold.

    Args:
        grey: Mask, H x W, 0 to 255. With a maximum of 1 it counts as {0, 1} already.
        threshold: Foreground is > threshold, of 255.

    Returns:
        Mask, H x W, uint8, {0, 1}.
    """
    if grey.max() <= 1:
        return grey.astype(np.uint8)
    return (grey > threshold).astype(np.uint8)


def doubt_of(grey: np.ndarray, threshold: int = THRESHOLD) -> str:
    """Say why a mask may read as something else than it means: its levels are at the threshold.

    Args:
        grey: Mask, H x W, 0 to 255.
        threshold: Foreground is > threshold, of 255.

    Returns:
        The reason in a few words; '' for a mask without such a doubt, as of 0 and 255, or all black.
    """
    highest = grey.max()
    if 1 < highest <= threshold:
        return f'its highest level is {highest:g}, not above the threshold {threshold}: it reads as empty'
    near = np.count_nonzero((grey >= threshold - 1) & (grey <= threshold + 1))
    if highest > 1 and near > NEAR_SHARE * grey.size:
        return (
            f'{near / grey.size:.0%} of its pixels have the levels {threshold - 1} to {threshold + 1}, at '
            f'the threshold {threshold}'
        )
    return ''


def grey_levels(image: Image.Image) -> np.ndarray:
    """Read the grey levels of a mask image.

    Args:
        image: 1-bit, grey of 8 or 16 bits, palette or RGB (all channels alike, give or take
            the noise of JPEG). A palette other than black and white is one of labels: index 1 is
            salient.

    Returns:
        Mask, H x W, 0 to 255.

    Raises:
        ValueError: If the mode is another, the mask is transparent somewhere, or it is coloured
            so that its grey levels do not tell what is salient.
    """
    if image.mode in GREY_MODES:
        return np.asarray(image.convert('L'))
    if image.mode in SIXTEEN_BIT_MODES:
        levels = np.asarray(image)
        if levels.min() < 0 or levels.max() > 65535:
            raise ValueError(f'its levels are {levels.min()} to {levels.max()}')
        bits = mask_bits(levels, declared_bits(image))
        return levels if bits == 8 else levels * (255 / ((1 << bits) - 1))
    if image.mode not in COLOUR_MODES:
        raise ValueError(f'its image mode is {image.mode!r}')
    rgba = np.asarray(image.convert('RGBA'))
    if rgba[..., 3].min() < 255:
        raise ValueError('it is transparent in places')
    rgb = rgba[..., :3]
    tolerance = JPEG_COLOUR_TOLERANCE if image.format == 'JPEG' else 0
    is_grey = np.ptp(rgb, axis=2).max() <= tolerance
    if image.mode == 'P' and np.asarray(image).max() <= 1:
        is_black_and_white = is_grey and ((rgb == 0) | (rgb == 255)).all()
        if not is_black_and_white:
            return np.asarray(image)
    if is_grey:
        return rgb.mean(axis=2, dtype=np.float32)
    raise ValueError('it is coloured, so that its grey levels do not tell what is salient')


def read_mask(
    path: str,
    threshold: int = THRESHOLD,
    backend_args: dict | None = None,
    on_doubt: Callable[[str], object] | None = None,
) -> np.ndarray:
    """Read a mask file of any encoding.

    Args:
        path: File path or URL that a file backend of MMEngine reads.
        threshold: Foreground is > threshold, of 255.
        backend_args: Arguments of the file backend.
        on_doubt: Called with a text that names the file, where :func:`doubt_of` has a reason.

    Returns:
        Mask, H x W, uint8, {0, 1}.

    Raises:
        FileNotFoundError: If there is no such file.
        BadFileError: If the file is corrupt, its encoding does not tell what is salient, or it has an
            EXIF orientation.
    """
    image = read_image(path, backend_args)
    orientation = exif_orientation(image)
    if orientation != 1:
        raise BadFileError(
            f'Expected a mask without an EXIF orientation, but got {path!r} with {orientation}: '
            'programs turn such a file or do not. Save it upright, as a PNG without EXIF.'
        )
    try:
        grey = grey_levels(image)
    except ValueError as error:
        raise BadFileError(
            f'Expected a mask of grey levels, but got {path!r}: {error}. '
            'Save it as an 8-bit grey PNG with 255 where the object is.'
        ) from error
    if on_doubt and (reason := doubt_of(grey, threshold)):
        lower = min(threshold, int(grey.max())) - 1
        on_doubt(
            f'Expected masks of 0 and 255, but of {path!r} {reason}. If that level is the object, lower '
            f'the threshold (threshold={lower} in LoadSaliencyMask, --gt-threshold {lower} of '
            'eval-maps); srm-mmseg check-dataset looks at all masks.'
        )
    return binarise(grey, threshold)
