"""What the runners of exported files share: they do outside a file what was left out of it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np

from srm_mmseg.apis.backend import Backend
from srm_mmseg.export.description import Description
from srm_mmseg.saliency.map_arrays import probability, resize


class ExportedBackend(Backend):
    """A model in a file of ``tools/export.py``.

    Attributes:
        path: The file.
        description: What it says of itself: stages, size.
    """

    path: str
    description: Description

    def _describe(self, stored: str | None) -> None:
        """Read the description in the file, which says what size the model was made for."""
        self.description = Description.from_json(stored, self.path)
        height, width = self.description.size
        self.scale = width, height

    @abstractmethod
    def outputs(self, images: np.ndarray) -> Sequence[np.ndarray]:
        """Compute the file's outputs as they are."""

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Compute the maps of a batch.

        Args:
            images: BGR, shape N x H x W x 3, uint8.

        Returns:
            Probability of the foreground, float32, shape N x stages x H x W.

        Raises:
            ValueError: If the file does not take such images, or gives no numbers.
        """
        maps = maps_of_outputs(self.outputs(images), self.description, images.shape[1:3])
        if np.isnan(maps.sum()):
            raise ValueError(
                f'Expected maps of numbers, but {self.path!r} gives NaN: the file is damaged. Copy or '
                'export it again.'
            )
        return maps


def check_images(images: np.ndarray, description: Description, path: str) -> None:
    """Refuse what a file cannot take.

    Raises:
        ValueError: If the images are no uint8 array of shape N x H x W x 3, or not of the size that
            a file without ``--dynamic`` takes.
    """
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3 or 0 in images.shape:
        raise ValueError(
            'Expected images to be uint8, BGR, of shape N x H x W x 3, but got '
            f'{images.dtype} of shape {images.shape}.'
        )
    if not description.dynamic and images.shape[1:3] != description.size:
        raise ValueError(
            f'Expected images of (H, W) = {description.size}, the only size that {path!r} takes, '
            f'but got {images.shape[1:3]}. Resize them, or export the model with --dynamic.'
        )


def maps_of_outputs(
    outputs: Sequence[np.ndarray], description: Description, size: tuple[int, int]
) -> np.ndarray:
    """Turn a file's outputs into probabilities at the images' size.

    Args:
        outputs: All stages in one array, N x stages x H x W, or one a stage, N x 1 x h x w.
        description: What the file says of itself.
        size: (H, W) of the images.

    Returns:
        Probability of the foreground, float32, shape N x stages x H x W.
    """
    if not description.resize:
        outputs = [resize(output, size, description.align_corners) for output in outputs]
    maps = np.concatenate(outputs, axis=1)
    if maps.shape != (len(maps), len(description.stages), *size):
        raise ValueError(
            f'Expected maps of {len(description.stages)} stages at {size}, as the file says of '
            f'itself, but got the shape {maps.shape}. Export the model again.'
        )
    if not description.softmax:
        maps = probability(maps)
    return maps.astype(np.float32, copy=False).clip(0, 1)  # rounding can leave 1.0000001
