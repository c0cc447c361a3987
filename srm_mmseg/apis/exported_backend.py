"""What the runners of exported files share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np

from srm_mmseg.apis.backend import Backend
from srm_mmseg.export.description import Description
from srm_mmseg.export.maps_of_outputs import maps_of_outputs


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
            ValueError: If the file does not take such images.
        """
        return maps_of_outputs(self.outputs(images), self.description, images.shape[1:3])
