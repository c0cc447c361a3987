"""Load a saliency mask as {0, 1}."""

from __future__ import annotations

import logging
import os.path as osp
from functools import partial

from mmcv.transforms import BaseTransform
from mmengine.logging import print_log
from mmseg.registry import TRANSFORMS

from srm_mmseg.datasets.image_file import BadFileError
from srm_mmseg.datasets.saliency_mask import THRESHOLD, read_mask


@TRANSFORMS.register_module()
class LoadSaliencyMask(BaseTransform):
    """Load the mask of ``seg_map_path`` as {0, 1}, whatever its encoding.

    The stock ``LoadAnnotations`` keeps a 0/255 mask as it is, and 255 means "ignore" to every
    loss and metric of MMSegmentation. Comes after the image is loaded, and after ``Resize`` where
    masks are to keep their size, in testing.

    The log names the first mask of a data set whose levels are at the threshold, such as 0 and 128.

    Adds ``gt_seg_map`` (H x W, uint8, {0, 1}); nothing where a sample has no ``seg_map_path``, as
    in the toolbox's ``inference_model``, which runs the test pipeline on an image alone.

    Args:
        threshold: Foreground is > threshold, of 255; by default the field's convention. PASCAL-S,
            whose masks have many levels, is also used with 127 (>= 0.5).
        backend_args: Arguments of MMEngine's file backend.

    Example:
        >>> import tempfile, pathlib
        >>> import numpy as np
        >>> from PIL import Image
        >>> path = pathlib.Path(tempfile.mkdtemp(), 'mask.png')
        >>> Image.fromarray(np.uint8([[0, 255, 255]])).save(path)
        >>> results = dict(seg_map_path=str(path), ori_shape=(1, 3), seg_fields=[])
        >>> LoadSaliencyMask()(results)['gt_seg_map'].tolist()
        [[0, 1, 1]]
    """

    def __init__(self, threshold: int = THRESHOLD, backend_args: dict | None = None) -> None:
        self.threshold = threshold
        self.backend_args = backend_args
        self._doubted: set[str] = set()

    def transform(self, results: dict) -> dict:
        """Load the mask.

        Raises:
            FileNotFoundError: If there is no such file.
            BadFileError: If the file is corrupt, has an EXIF orientation, its encoding does not tell
                what is salient, or its size is not that of the upright image.
        """
        if 'seg_map_path' not in results:
            return results
        path = results['seg_map_path']
        data_set = results.get('dataset_name', osp.dirname(path))
        warn = partial(self._warn_once, data_set)
        mask = read_mask(path, self.threshold, self.backend_args, warn)
        if mask.shape != tuple(results['ori_shape']):
            sizes = [f'{width}x{height}' for height, width in (results['ori_shape'], mask.shape)]
            turned = mask.shape == tuple(results['ori_shape'])[::-1]
            hint = 'Images follow their EXIF orientation: turn the mask too. ' if turned else ''
            raise BadFileError(
                f'Expected the mask {path!r} to have the size of its image '
                f'{results["img_path"]!r}, {sizes[0]}, but got {sizes[1]}. {hint}'
                'Replace one of the two, or leave their name out of ann_file.'
            )
        results['gt_seg_map'] = mask
        results['seg_fields'].append('gt_seg_map')
        return results

    def _warn_once(self, data_set: str, text: str) -> None:
        """Log the first doubt about the masks of a data set."""
        if data_set not in self._doubted:
            self._doubted.add(data_set)
            print_log(text, 'current', logging.WARNING)
