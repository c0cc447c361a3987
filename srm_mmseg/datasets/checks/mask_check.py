"""Check one saliency mask."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image

from srm_mmseg.datasets.checks.file_check import bits_per_channel, decode_file
from srm_mmseg.datasets.checks.finding import Finding
from srm_mmseg.datasets.checks.image_check import digest
from srm_mmseg.datasets.photograph import exif_orientation
from srm_mmseg.datasets.saliency_mask import (
    COLOUR_MODES,
    THRESHOLD,
    binarise,
    doubt_of,
    grey_levels,
)

THUMBNAIL_SIDE = 64
OBJECT_SHARE = 0.001  # of the image's area: what is smaller is a speck, no object
LARGEST_LABEL = 20
MIDDLE_GREY = (64, 192)
EDGE_WIDTH = 3  # pixels; a wider band of middle grey is an area, and no soft edge
BORDER_SHARE = 0.6  # of the border; ECSSD's objects cover half of it at most
INVERTED_BORDER_SHARE = 0.9  # 89 % of ECSSD's masks reach it when they are inverted


class MaskFacts(NamedTuple):
    """What later checks and the statistics need of a mask.

    Attributes:
        size: Width and height.
        digest: Equal for equal pixels.
        share: Foreground of all pixels.
        objects: Connected parts of at least a thousandth of the image.
        thumbnail: Foreground share of 64 x 64 cells, 0 to 255, uint8.
    """

    size: tuple[int, int]
    digest: bytes
    share: float
    objects: int
    thumbnail: np.ndarray


def check_mask(
    path: str, threshold: int = THRESHOLD, empty_masks: bool = False
) -> tuple[MaskFacts | None, list[Finding]]:
    """Check a mask on its own.

    Args:
        path: Image file.
        threshold: Foreground is > threshold, of 255.
        empty_masks: Whether a black mask means that there is no salient object.

    Returns:
        What later checks need, or None if the mask cannot be read; and the findings.
    """
    image, findings = decode_file(path)
    if image is None:
        return None, findings
    orientation = exif_orientation(image)
    if orientation != 1:
        detail = f'EXIF orientation {orientation}, which is not applied to masks'
        findings.append(Finding(path, 'mask_orientation', detail))
    try:
        levels = grey_levels(image)
    except ValueError as error:
        return None, [*findings, _refusal(path, image, str(error))]
    mask = binarise(levels, threshold)
    if empty_masks and not levels.any():
        return _facts(mask), [*findings, Finding(path, 'no_object', 'the mask is all black')]
    bits = bits_per_channel(image, path)
    wrong = _wrong_values(path, levels, mask, bits, threshold)
    if wrong:
        findings.append(wrong)
    else:
        findings += _notes(path, image, levels, mask, bits, threshold)
    return _facts(mask), findings


def _facts(mask: np.ndarray) -> MaskFacts:
    """Measure a mask, H x W, {0, 1}."""
    height, width = mask.shape
    areas = cv2.connectedComponentsWithStats(mask)[2][1:, cv2.CC_STAT_AREA]
    return MaskFacts(
        size=(width, height),
        digest=digest(mask),
        share=float(mask.mean()),
        objects=int((areas >= OBJECT_SHARE * mask.size).sum()),
        thumbnail=cv2.resize(mask * 255, (THUMBNAIL_SIDE,) * 2, interpolation=cv2.INTER_AREA),
    )


def _refusal(path: str, image: Image.Image, reason: str) -> Finding:
    """Name the fault of a mask that has no grey levels."""
    if image.mode not in COLOUR_MODES:
        return Finding(path, 'mask_mode', reason)
    if np.asarray(image.convert('RGBA'))[..., 3].min() < 255:
        return Finding(path, 'transparent_mask', reason)
    if image.mode == 'P':
        detail = f'indices {_listed(np.unique(np.asarray(image)))} of a palette of colours'
        return Finding(path, 'palette_mask', detail)
    return Finding(path, 'coloured_mask', reason)


def _wrong_values(
    path: str, levels: np.ndarray, mask: np.ndarray, bits: int, threshold: int
) -> Finding | None:
    """Find the fault that makes a mask, H x W, something else than {0, 255}."""
    counts = np.bincount(np.rint(levels).astype(np.uint8).ravel(), minlength=256)
    described = f'levels {_listed(np.flatnonzero(counts))} in a file of {bits} bits'
    if not levels.any():
        return Finding(path, 'empty_mask', f'{described}: no foreground')
    if not mask.any():
        detail = f'{described}, none above {threshold}: it reads as empty'
        return Finding(path, 'mask_below_threshold', detail)
    if mask.all():
        return Finding(path, 'full_mask', f'{described}: no background')
    if (border := _border_share(mask)) >= INVERTED_BORDER_SHARE:
        detail = f'foreground is {mask.mean():.0%} of the image and {border:.0%} of its border'
        return Finding(path, 'inverted_mask', detail)
    labelled = counts[1 : LARGEST_LABEL + 1].sum()
    if levels.max() == 255 and labelled > counts[255] and not counts[LARGEST_LABEL + 1 : 255].any():
        detail = f'{described}: 255 means "ignore" beside labels, and would be read as the object'
        return Finding(path, 'label_mask', detail)
    middle = ((levels > MIDDLE_GREY[0]) & (levels <= MIDDLE_GREY[1])).sum()
    speckled = (levels > MIDDLE_GREY[0] / 2).astype(np.uint8)
    area = cv2.morphologyEx(speckled, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    edge_pixels = area.sum() - cv2.erode(area, np.ones((3, 3), np.uint8)).sum()
    if np.count_nonzero(counts) > 2 and middle > EDGE_WIDTH * edge_pixels:
        share = middle / area.sum()
        detail = (
            f'{share:.0%} of the object has levels between {MIDDLE_GREY[0]} and {MIDDLE_GREY[1]}'
        )
        return Finding(path, 'grey_mask', detail)
    return None


def _border_share(mask: np.ndarray) -> float:
    """Share of a mask's outermost pixels that are foreground."""
    return float(np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]]).mean())


def _notes(
    path: str, image: Image.Image, levels: np.ndarray, mask: np.ndarray, bits: int, threshold: int
) -> list[Finding]:
    """Note what is unusual about a mask that reads as it should."""
    notes = []
    values = np.unique(np.rint(levels).astype(np.uint8))
    if image.mode != 'L' or bits != 8 or values[-1] == 1:
        detail = f'image mode {image.mode!r}, {bits} bits, levels {_listed(values)}'
        notes.append(Finding(path, 'mask_encoding', detail))
    if doubt := doubt_of(levels, threshold):
        notes.append(Finding(path, 'mask_at_threshold', doubt))
    elif values[-1] > 1 and not np.isin(values, (0, 255)).all():
        notes.append(Finding(path, 'soft_mask', f'levels {_listed(values)}'))
    if (border := _border_share(mask)) >= BORDER_SHARE:
        notes.append(Finding(path, 'maybe_inverted', f'foreground is {border:.0%} of the border'))
    if mask.mean() < OBJECT_SHARE:
        notes.append(Finding(path, 'tiny_object', f'{mask.sum()} pixels'))
    return notes


def _listed(values: np.ndarray) -> str:
    """List a few values, or the first and last of many."""
    named = [f'{value:g}' for value in values]
    return ', '.join(named) if len(named) <= 6 else f'{named[0]} to {named[-1]} ({len(named)})'
