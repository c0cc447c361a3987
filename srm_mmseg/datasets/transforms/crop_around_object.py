"""Crop a photograph at random without touching its object."""

from __future__ import annotations

import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomCropAroundObject(BaseTransform):
    """Cut a random strip off each side, and nothing of the object.

    The stock ``RandomCrop`` has a size of its own and may leave the object out. Comes after
    ``LoadSaliencyMask`` and before ``Resize``. Without an object in the mask any part may go.

    Changes ``img`` (H x W x 3), ``gt_seg_map`` (H x W) and ``img_shape``.

    Args:
        prob: Probability that an image is cropped.
        most: Largest strip, as a part of the height or width, below 0.5.

    Raises:
        ValueError: If ``prob`` or ``most`` is out of range.

    Example:
        >>> mask = np.zeros((40, 50), np.uint8)
        >>> mask[10:30, 20:40] = 1
        >>> results = dict(img=np.zeros((40, 50, 3), np.uint8), gt_seg_map=mask)
        >>> results = RandomCropAroundObject(prob=1)(results)
        >>> results['gt_seg_map'].sum() == mask.sum()
        np.True_
    """

    def __init__(self, prob: float = 0.5, most: float = 0.2) -> None:
        if not 0 <= prob <= 1:
            raise ValueError(f'Expected prob from 0 to 1, but got {prob}.')
        if not 0 < most < 0.5:
            raise ValueError(f'Expected most above 0 and below 0.5, but got {most}.')
        self.prob = prob
        self.most = most

    def transform(self, results: dict) -> dict:
        """Crop image and mask."""
        if np.random.random() >= self.prob:
            return results
        mask = results['gt_seg_map']
        window = tuple(self._window(mask.any(axis=1 - axis)) for axis in (0, 1))
        results['img'] = np.ascontiguousarray(results['img'][window])
        results['gt_seg_map'] = np.ascontiguousarray(mask[window])
        results['img_shape'] = results['img'].shape[:2]
        return results

    def _window(self, occupied: np.ndarray) -> slice:
        """Draw the part to keep of an axis, given the lines in which the object is."""
        length = len(occupied)
        lines = np.flatnonzero(occupied)
        before, after = (lines[0], length - 1 - lines[-1]) if lines.size else (length, length)
        strip = int(self.most * length)
        start = np.random.randint(min(before, strip) + 1)
        return slice(start, length - np.random.randint(min(after, strip) + 1))
