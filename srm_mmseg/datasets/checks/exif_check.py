"""Tell whether a mask is made for its image as it is turned by EXIF, or as the file stores it."""

from __future__ import annotations

import cv2
import numpy as np

from srm_mmseg.datasets.checks.finding import Finding
from srm_mmseg.datasets.checks.image_check import ImageFacts
from srm_mmseg.datasets.image_file import read_image, upright_rgb
from srm_mmseg.datasets.saliency_mask import read_mask

CLEARLY = 1.1  # of ECSSD's masks, 99 % fit better by this factor, and flipped ones 0.04 %


def check_exif(
    image_path: str, mask_path: str, image: ImageFacts, mask_size: tuple[int, int], threshold: int
) -> Finding:
    """Judge a mask whose image has an EXIF orientation, and whose size fits before or after it."""
    turned = f'EXIF orientation {image.orientation}, mask {mask_path}'
    if image.size != image.stored_size:
        fits_as_stored = mask_size == image.stored_size
        cause = 'by its size'
    else:
        upright, stored = _outline_contrasts(image_path, mask_path, threshold)
        if max(upright, stored) <= CLEARLY * min(upright, stored):
            detail = f'{turned}: neither size nor outline tells whether it is turned too'
            return Finding(image_path, 'exif_orientation', detail, mask_path)
        fits_as_stored = stored > upright
        cause = 'by its outline'
    if fits_as_stored:
        detail = f'{turned}: {cause}, it is made for the image as stored'
        return Finding(image_path, 'exif_mismatch', detail, mask_path)
    detail = f'{turned}: {cause}, it is made for the upright image'
    return Finding(image_path, 'exif_orientation', detail, mask_path)


def _outline_contrasts(image_path: str, mask_path: str, threshold: int) -> tuple[float, float]:
    """Measure the contrast of the image along the mask's outline, upright and as stored."""
    image = read_image(image_path)
    upright = upright_rgb(image)
    image.getexif().clear()
    mask = read_mask(mask_path, threshold)
    return _outline_contrast(upright, mask), _outline_contrast(upright_rgb(image), mask)


def _outline_contrast(rgb: np.ndarray, mask: np.ndarray) -> float:
    """Average the gradient of an image, H x W x 3, along the outline of a mask, H x W."""
    grey = cv2.GaussianBlur(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), (0, 0), 1)
    gradient = cv2.magnitude(*(cv2.Sobel(grey, cv2.CV_32F, dx, 1 - dx) for dx in (0, 1)))
    outline = cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    inner = slice(1, -1), slice(1, -1)
    return float(gradient[inner][outline[inner]].mean()) if outline[inner].any() else 0.0
