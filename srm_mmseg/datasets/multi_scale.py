"""Batches of changing size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from mmengine.dataset import pseudo_collate
from mmengine.registry import FUNCTIONS
from torch.nn import functional as F


@FUNCTIONS.register_module()
def collate_at_random_size(samples: Sequence[dict], sizes: Sequence[int]) -> dict:
    """Collate a training batch after resizing it to a size drawn at random, the same for all.

    The loading processes do it: the ``collate_fn`` of a dataloader.

    Args:
        samples: Outputs of ``PackSaliencyInputs``.
        sizes: Sides of the square to choose from, in pixels. 32k + 1, as SRM's 353, keeps the maps of
            all strides aligned.

    Returns:
        The batch: images 3 x S x S, uint8, and samples with masks 1 x S x S.

    Raises:
        ValueError: If a size is not 32k + 1.

    Example:
        >>> import torch
        >>> from mmengine.structures import PixelData
        >>> from mmseg.structures import SegDataSample
        >>> mask = PixelData(data=torch.zeros(1, 97, 97, dtype=torch.uint8))
        >>> sample = dict(
        ...     inputs=torch.zeros(3, 97, 97, dtype=torch.uint8),
        ...     data_samples=SegDataSample(gt_sem_seg=mask),
        ... )
        >>> batch = collate_at_random_size([sample], sizes=(65,))
        >>> tuple(batch['inputs'][0].shape), tuple(batch['data_samples'][0].gt_sem_seg.shape)
        ((3, 65, 65), (65, 65))
    """
    for size in sizes:
        if size % 32 != 1:
            raise ValueError(f'Expected sizes of 32k + 1, such as 353, but got {size}.')
    side = int(np.random.choice(sizes))
    for sample in samples:
        image, data = sample['inputs'], sample['data_samples']
        sample['inputs'] = F.interpolate(image[None], (side, side), mode='bilinear')[0]
        mask = data.gt_sem_seg.data
        resized = F.interpolate(mask[None].byte(), (side, side), mode='nearest-exact')[0]
        del data.gt_sem_seg.data
        data.gt_sem_seg.data = resized.to(mask.dtype)
        data.set_metainfo(dict(img_shape=(side, side)))
    return pseudo_collate(samples)
