"""Pack a sample with the name of its data set."""

from __future__ import annotations

from mmseg.datasets.transforms import PackSegInputs
from mmseg.registry import TRANSFORMS

META_KEYS = (
    'img_path',
    'seg_map_path',
    'dataset_name',
    'stem',
    'ori_shape',
    'img_shape',
    'pad_shape',
    'scale_factor',
    'flip',
    'flip_direction',
)


@TRANSFORMS.register_module()
class PackSaliencyInputs(PackSegInputs):
    """``PackSegInputs`` that keeps what ``SODMetric`` tells data sets and images apart by.

    Args:
        meta_keys: What to keep of a sample beside image and mask.

    Example:
        >>> import numpy as np
        >>> results = dict(img=np.zeros((40, 50, 3), np.uint8), dataset_name='ECSSD', stem='0001')
        >>> packed = PackSaliencyInputs(meta_keys=('dataset_name', 'stem'))(results)
        >>> tuple(packed['inputs'].shape), packed['data_samples'].stem
        ((3, 40, 50), '0001')
    """

    def __init__(self, meta_keys: tuple[str, ...] = META_KEYS) -> None:
        super().__init__(meta_keys=meta_keys)
