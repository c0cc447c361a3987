"""Run an exported ONNX file; needs neither the toolbox nor torch."""

from __future__ import annotations

import os
import os.path as osp
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from srm_mmseg.apis.exported_backend import ExportedBackend, check_images
from srm_mmseg.export.description import KEY

try:
    import onnxruntime
except ImportError as error:
    raise ImportError(
        'Expected onnxruntime to be installed, but it is not: pip install onnxruntime'
    ) from error


class OnnxBackend(ExportedBackend):
    """A model in an ONNX file of ``tools/export.py``.

    Args:
        path: The file.
        device: ``'cpu'``, ``'cuda'`` or ``'cuda:1'``; 'auto' is what the installed onnxruntime has.
        providers: Execution providers of onnxruntime, in place of a device, most wanted first.
        threads: Of the CPU; 0 is onnxruntime's choice.
        throughput: Whether, on a CPU, each image of a batch is computed by one core beside the others,
            which takes less time for all and more for one. Otherwise one has all cores.

    Attributes:
        description: The file's :class:`~srm_mmseg.export.description.Description`: stages, size.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is no ONNX, damaged, or not of ``tools/export.py``; or if onnxruntime
            would run it on another device than was asked for.
    """

    def __init__(
        self,
        path: str | Path,
        device: str = 'auto',
        providers: Sequence[str] | None = None,
        threads: int = 0,
        throughput: bool = False,
    ) -> None:
        self.path = str(path)
        if not osp.isfile(path):
            raise FileNotFoundError(
                f'Expected an ONNX file at {self.path!r}, but there is no such file. Make it with '
                'srm-mmseg export, or check the path.'
            )
        asked = providers or providers_of(device)
        _refuse_another(onnxruntime.get_available_providers(), asked)
        options = onnxruntime.SessionOptions()
        on_cpu = (asked or _here()) == ['CPUExecutionProvider']
        self._pool = _pool(threads) if throughput and on_cpu else None
        options.intra_op_num_threads = 1 if self._pool else threads
        # Threads that wait sleep, and leave their cores to those that read and write pictures.
        options.add_session_config_entry('session.intra_op.allow_spinning', '0')
        options.log_severity_level = 3  # errors
        try:
            self._session = onnxruntime.InferenceSession(self.path, options, asked or _here())
        except Exception as error:  # onnxruntime's have no base class of their own
            raise ValueError(
                f'Expected an ONNX file, but {self.path!r} cannot be read: {error}. The file may be '
                'truncated: copy or export it again.'
            ) from error
        used = self._session.get_providers()
        _refuse_another(used, asked)
        self.runs_on = f'onnxruntime on {used[0].removesuffix("ExecutionProvider")}'
        self._describe(self._session.get_modelmeta().custom_metadata_map.get(KEY))
        names = [output.name for output in self._session.get_outputs()]
        if names != self.description.outputs:
            raise ValueError(
                f'Expected {self.path!r} to have the outputs {self.description.outputs}, as it says '
                f'of itself, but got {names[:9]}. Export the model again.'
            )

    def outputs(self, images: np.ndarray) -> list[np.ndarray]:
        """Compute the file's outputs as they are; image by image unless it takes all at once."""
        check_images(images, self.description, self.path)
        images = np.ascontiguousarray(images)
        if self.description.dynamic and not self._pool:
            return self._run(images)
        run_all = self._pool.map if self._pool else map
        each = list(run_all(self._run, np.split(images, len(images))))
        return [np.concatenate(parts) for parts in zip(*each)]

    def _run(self, images: np.ndarray) -> list[np.ndarray]:
        """Compute the outputs of a batch that the file's graph takes."""
        try:
            return self._session.run(None, {'images': images})
        except Exception as error:  # onnxruntime's have no base class of their own
            raise ValueError(
                f'Expected {self.path!r} to take images of shape {images.shape}, as it says of '
                f'itself, but it fails: {error}. Export the model again.'
            ) from error


def providers_of(device: str) -> list:
    """List the execution providers that a device stands for; none for 'auto'."""
    if device == 'auto':
        return []
    if device == 'cpu':
        return ['CPUExecutionProvider']
    gpu = re.fullmatch(r'cuda(?::(\d+))?', device)
    if not gpu:
        raise ValueError(
            f"Expected the device 'auto', 'cpu', 'cuda' or 'cuda:1' for onnxruntime, but got {device!r}."
        )
    return [('CUDAExecutionProvider', {'device_id': int(gpu[1] or 0)})]


def _pool(threads: int) -> ThreadPoolExecutor:
    """Start as many threads, or one a core; they wait without an image to compute."""
    return ThreadPoolExecutor(threads or os.cpu_count(), 'onnxruntime')


def _here() -> list[str]:
    """List what the installed onnxruntime has, but for that which computes far away."""
    return [one for one in onnxruntime.get_available_providers() if not one.startswith('Azure')]


def _refuse_another(usable: Sequence[str], asked: Sequence) -> None:
    """Refuse what onnxruntime takes without a word for a provider that cannot run."""
    if not asked:
        return
    first = asked[0] if isinstance(asked[0], str) else asked[0][0]
    if first not in usable:
        raise ValueError(
            f'Expected onnxruntime to run by {first}, but here it would run by {_here()[0]}. For '
            'NVIDIA install onnxruntime-gpu, CUDA and cuDNN; or ask for the CPU.'
        )
