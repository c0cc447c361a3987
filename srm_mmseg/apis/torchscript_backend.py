"""Run an exported TorchScript file; needs no toolbox."""

from __future__ import annotations

import os.path as osp
import warnings
from pathlib import Path

import numpy as np
import torch

from srm_mmseg.apis.exported_backend import ExportedBackend, check_images
from srm_mmseg.export.description import KEY


class TorchScriptBackend(ExportedBackend):
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
        if not osp.isfile(path):
            raise FileNotFoundError(
                f'Expected a TorchScript file at {self.path!r}, but there is no such file. Make it '
                'with srm-mmseg export, or check the path.'
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
        self.runs_on = 'PyTorch on cpu'
        text = stored[KEY]
        self._describe(text.decode() if isinstance(text, bytes) else text)

    @torch.inference_mode()
    def outputs(self, images: np.ndarray) -> list[np.ndarray]:
        """Compute the file's outputs as they are."""
        check_images(images, self.description, self.path)
        return [output.numpy() for output in self._module(torch.from_numpy(images))]
