"""Run an exported TorchScript file; needs no toolbox."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import torch

from srm_mmseg.apis.backend import Backend
from srm_mmseg.export.description import KEY, Description
from srm_mmseg.export.maps_of_outputs import check_images, maps_of_outputs


class TorchScriptBackend(Backend):
    """A model in a TorchScript file of ``tools/export.py``.

    Args:
        path: The file.

    Attributes:
        description: The file's :class:`~srm_mmseg.export.description.Description`: stages, size.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is no TorchScript, damaged, or not of ``tools/export.py``.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)
        if not Path(path).is_file():
            raise FileNotFoundError(
                f'Expected a TorchScript file at {self.path!r}, but there is no such file. Make it '
                'with tools/export.py, or check the path.'
            )
        stored = {KEY: ''}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter('ignore', DeprecationWarning)
                self._module = torch.jit.load(self.path, _extra_files=stored).eval()
        except (RuntimeError, ValueError) as error:
            raise ValueError(
                f'Expected a TorchScript file, but {self.path!r} cannot be read: {error}. The file '
                'may be truncated: copy or export it again.'
            ) from error
        text = stored[KEY]
        self.description = Description.from_json(
            text.decode() if isinstance(text, bytes) else text, self.path
        )
        self.scale = self.description.size[::-1]

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

    @torch.inference_mode()
    def outputs(self, images: np.ndarray) -> list[np.ndarray]:
        """Compute the file's outputs as they are."""
        check_images(images, self.description, self.path)
        return [output.numpy() for output in self._module(torch.from_numpy(images))]
