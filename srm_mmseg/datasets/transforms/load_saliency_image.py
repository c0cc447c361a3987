"""Load a photograph, or name the file that cannot be loaded."""

from __future__ import annotations

import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

from srm_mmseg.datasets.image_file import read_photograph


@TRANSFORMS.register_module()
class LoadSaliencyImage(BaseTransform):
    """Load the image of ``img_path`` as BGR, turned upright by its EXIF orientation.

    Unlike the stock ``LoadImageFromFile`` it never passes on a partly decoded file.

    Adds ``img`` (H x W x 3, uint8, BGR), ``img_shape`` and ``ori_shape`` (H, W). A sample whose
    ``img_path`` is None has them already: the toolbox's inferencer hands on arrays, BGR, like that.

    Args:
        backend_args: Arguments of MMEngine's file backend.

    Example:
        >>> import tempfile, pathlib
        >>> from PIL import Image
        >>> path = pathlib.Path(tempfile.mkdtemp(), 'red.png')
        >>> Image.new('RGB', (50, 40), 'red').save(path)
        >>> results = LoadSaliencyImage()(dict(img_path=str(path)))
        >>> results['img_shape'], results['img'][0, 0].tolist()
        ((40, 50), [0, 0, 255])
    """

    def __init__(self, backend_args: dict | None = None) -> None:
        self.backend_args = backend_args

    def transform(self, results: dict) -> dict:
        """Load the image.

        Raises:
            FileNotFoundError: If there is no such file.
            BadFileError: If the file is no image, is truncated or is corrupt.
        """
        if results['img_path'] is None:
            return results
        rgb = read_photograph(results['img_path'], self.backend_args)
        results['img'] = np.ascontiguousarray(rgb[:, :, ::-1])
        results['img_shape'] = results['ori_shape'] = rgb.shape[:2]
        return results
