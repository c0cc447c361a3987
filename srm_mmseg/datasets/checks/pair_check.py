"""Check an image together with its mask."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from srm_mmseg.datasets.checks.exif_check import check_exif
from srm_mmseg.datasets.checks.finding import Finding
from srm_mmseg.datasets.checks.image_check import ImageFacts, check_image
from srm_mmseg.datasets.checks.mask_check import MaskFacts, check_mask
from srm_mmseg.datasets.image_memory import shared_memory
from srm_mmseg.datasets.saliency_mask import THRESHOLD

SAME_THUMBNAIL = 4  # mean difference of an image from its mask, of 255


class Pair(NamedTuple):
    """An image and its mask.

    Attributes:
        stem: What the two are called.
        image_path: The image's file.
        mask_path: The mask's file.
    """

    stem: str
    image_path: str
    mask_path: str


class PairCheck(NamedTuple):
    """What was found in a pair.

    Attributes:
        pair: The files.
        image: Facts of the image, None if it cannot be read.
        mask: Facts of the mask, None if it cannot be read.
        findings: Faults and notes.
    """

    pair: Pair
    image: ImageFacts | None
    mask: MaskFacts | None
    findings: list[Finding]


def check_pair(pair: Pair, threshold: int = THRESHOLD, empty_masks: bool = False) -> PairCheck:
    """Check an image and its mask; nothing in the files makes it raise an error.

    Args:
        pair: The files.
        threshold: Foreground is > threshold, of 255.
        empty_masks: Whether a black mask means that there is no salient object.
    """
    with shared_memory():
        image, findings = check_image(pair.image_path)
        mask, mask_findings = check_mask(pair.mask_path, threshold, empty_masks)
    findings = findings + mask_findings
    if image and mask:
        if image.orientation != 1 and mask.size in (image.size, image.stored_size):
            paths = pair.image_path, pair.mask_path
            findings.append(check_exif(*paths, image, mask.size, threshold))
        elif mask.size != image.size:
            findings.append(_size_mismatch(pair, image, mask))
        if _is_copy(image, mask):
            detail = f'the same picture as its mask {pair.mask_path}'
            findings.append(Finding(pair.image_path, 'image_is_mask', detail, pair.mask_path))
    return PairCheck(pair, image, mask, findings)


def _size_mismatch(pair: Pair, image: ImageFacts, mask: MaskFacts) -> Finding:
    """Say how the mask's size differs from the upright image's."""
    detail = f'the mask is {_text(mask.size)}, its image {pair.image_path} {_text(image.size)}'
    if mask.size == image.size[::-1]:
        detail += ': width and height are exchanged'
    return Finding(pair.mask_path, 'size_mismatch', detail, pair.image_path)


def _text(size: tuple[int, int]) -> str:
    return f'{size[0]}x{size[1]}'


def _is_copy(image: ImageFacts, mask: MaskFacts) -> bool:
    """Tell whether the image shows its mask, by thumbnails."""
    if image.is_blank or not mask.share:
        return False
    small = cv2.resize(mask.thumbnail, image.thumbnail.shape[::-1], interpolation=cv2.INTER_AREA)
    return float(np.abs(small.astype(int) - image.thumbnail).mean()) < SAME_THUMBNAIL
