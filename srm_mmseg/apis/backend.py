"""What computes maps for the inferencer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from srm_mmseg.saliency.map_arrays import resize


class Backend(ABC):
    """A model behind arrays: images of one size in, scores out, maps of any size from those.

    Attributes:
        scale: Width and height that images are resized to.
        stage: Index of the stage whose map is the final one.
        runs_on: What computes, and on which device, for people.

    Example:
        A network of your own, here one that takes bright pixels for salient:

        >>> from srm_mmseg.apis import SaliencyInferencer
        >>> class Brightness(Backend):
        ...     scale = (16, 16)
        ...
        ...     def __call__(self, images):
        ...         return images.mean(axis=3)[:, None] / 255  # T = 1
        >>> [result] = SaliencyInferencer(Brightness())(np.full((40, 50, 3), 255, np.uint8))
        >>> result.map.shape, float(result.map.min())
        ((40, 50), 1.0)
    """

    scale: tuple[int, int]
    stage: int = -1
    runs_on: str = 'a network of your own'

    @abstractmethod
    def __call__(self, images: np.ndarray) -> Sequence[Any] | np.ndarray:
        """Run the network.

        Args:
            images: BGR, shape N x H x W x 3, uint8, of size ``scale``.

        Returns:
            The scores of each image, whose form is the backend's own: of this class, the
            foreground's probability at each stage, T x H x W, float32.
        """

    def maps(self, scores: Any, size: tuple[int, int], stages: bool = False) -> np.ndarray:
        """Resize an image's maps, bilinearly with aligned corners.

        Args:
            scores: An image's.
            size: Height and width of the maps.
            stages: Whether to give all stages, or the final one alone.

        Returns:
            The foreground's probability, float32, (T or 1) x height x width.
        """
        each = np.asarray(scores, np.float32)
        maps = resize(each if stages else each[self.stage][None], size, align_corners=True)
        return np.clip(maps, 0, 1, out=maps)
