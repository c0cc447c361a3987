"""Run an exported file by OpenVINO; needs neither the toolbox nor torch."""

from __future__ import annotations

import hashlib
import os
import os.path as osp
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from srm_mmseg.apis.exported_backend import ExportedBackend, check_images
from srm_mmseg.export.description import DIGEST, KEY

try:
    import openvino
except ImportError as error:
    raise ImportError(
        "Expected OpenVINO to be installed, but it is not: pip install 'srm-mmseg[openvino]'"
    ) from error

PLACE = 'framework'
"""Where OpenVINO keeps what is in ONNX's metadata, and the IR that it writes of it."""


class OpenVinoBackend(ExportedBackend):
    """A model in a file of ``tools/export.py``, OpenVINO's IR (``.xml`` with ``.bin``) or ONNX.

    Args:
        path: The file.
        precision: ``'f32'`` or ``'bf16'``; ``'int8'`` of a file that was exported with ``--int8``, whose
            other layers run in bf16 where the CPU has it; ``'auto'`` is OpenVINO's choice. None is
            int8 of such a file, and f32 of others.
        device: As OpenVINO names it, in any case: ``'cpu'``, ``'gpu'`` (Intel's), ``'gpu.1'``, ``'npu'``.
        throughput: Whether several images of a batch are computed at once, each on some of the cores,
            which takes less time for all and more for one. Otherwise one has all cores.
        threads: Of the CPU; 0 is OpenVINO's choice.
        cache: A folder to keep the compiled model in, which makes the next start short.

    Attributes:
        description: The file's :class:`~srm_mmseg.export.description.Description`: stages, size.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is damaged or not of ``tools/export.py``, or the device or the precision
            is one that this machine or this file has not.
    """

    def __init__(
        self,
        path: str | Path,
        precision: str | None = None,
        device: str = 'cpu',
        throughput: bool = False,
        threads: int = 0,
        cache: str | Path | None = None,
    ) -> None:
        self.path, device = str(path), device.upper()
        _refuse_missing(self.path)
        core = shared_core()
        _refuse_other_device(core, device)
        try:
            model = core.read_model(self.path)
        except RuntimeError as error:
            raise ValueError(
                f'Expected a file of OpenVINO or ONNX, but {self.path!r} cannot be read: '
                f'{_last_line(error)}. The file may be truncated: copy or export it again.'
            ) from error
        self._describe(_stored(model, KEY))
        _refuse_damaged(self.path, _stored(model, DIGEST))
        precision = precision or ('int8' if self.description.int8 else 'f32')
        settings: dict[str, Any] = dict(_computing(core, device, precision, self))
        settings['PERFORMANCE_HINT'] = 'THROUGHPUT' if throughput else 'LATENCY'
        if threads:
            settings['INFERENCE_NUM_THREADS'] = threads
        if cache is not None and _can_be_written(Path(cache)):
            settings['CACHE_DIR'] = str(cache)
        try:
            self._compiled = core.compile_model(model, device, settings)
        except RuntimeError as error:
            raise ValueError(
                f'Expected {self.path!r} to run on {device}, but OpenVINO fails: {_last_line(error)}. '
                'Try another device or precision, or export it again.'
            ) from error
        self._queue = openvino.AsyncInferQueue(self._compiled) if throughput else None
        self.runs_on = f'OpenVINO, {precision} on {device}'

    def outputs(self, images: np.ndarray) -> list[np.ndarray]:
        """Compute the file's outputs as they are; image by image unless it takes all at once."""
        check_images(images, self.description, self.path)
        images = np.ascontiguousarray(images)
        whole = self.description.dynamic and self._queue is None
        batches = [images] if whole else np.split(images, len(images))
        try:
            each = self._at_once(batches) if self._queue else [*map(self._one, batches)]
        except RuntimeError as error:
            raise ValueError(
                f'Expected {self.path!r} to take images of shape {images.shape}, as it says of '
                f'itself, but it fails: {_last_line(error)}. Export the model again.'
            ) from error
        return [np.concatenate(parts) for parts in zip(*each)]

    def _one(self, batch: np.ndarray) -> list[np.ndarray]:
        """Compute a batch on all cores."""
        return [output.copy() for output in self._compiled([batch]).to_tuple()]

    def _at_once(self, batches: list[np.ndarray]) -> list[list[np.ndarray]]:
        """Compute batches side by side."""
        found: list[list[np.ndarray]] = [[] for _ in batches]

        def keep(request: Any, index: int) -> None:
            found[index] = [tensor.data.copy() for tensor in request.output_tensors]

        assert self._queue is not None
        self._queue.set_callback(keep)
        for index, batch in enumerate(batches):
            self._queue.start_async([batch], index)
        self._queue.wait_all()
        return found


@cache
def shared_core() -> openvino.Core:
    """Start OpenVINO once a process, and never let it go.

    Its CPU plugin (2026.4) gives the thread that loads it a stack for signals, and takes that away when
    it is let go, in whatever thread: the next signal with a handler, such as that of a loading
    process of PyTorch that ends, would then end this process.
    """
    return openvino.Core()


def _computing(
    core: openvino.Core, device: str, precision: str, backend: ExportedBackend
) -> dict[str, str]:
    """Choose what OpenVINO is told to compute in; int8 is in the file, the rest of it is not."""
    if precision == 'auto':
        return {}
    if precision == 'int8':
        if not backend.description.int8:
            raise ValueError(
                f'Expected a file of int8 for the precision int8, but {backend.path!r} is none. Make it '
                'with srm-mmseg export --format openvino --int8 --calibrate FOLDER.'
            )
        has_bf16 = 'BF16' in core.get_property(device, 'OPTIMIZATION_CAPABILITIES')
        precision = 'bf16' if has_bf16 else 'f32'
    if precision not in ('f32', 'bf16'):
        raise ValueError(f'Expected the precision f32, bf16, int8 or auto, but got {precision!r}.')
    return dict(INFERENCE_PRECISION_HINT=precision)


def _refuse_missing(path: str) -> None:
    """Refuse a file that is not there, or an IR without its weights."""
    weights = osp.splitext(path)[0] + '.bin'
    for one in [path, weights] if path.endswith('.xml') else [path]:
        if not osp.isfile(one):
            raise FileNotFoundError(
                f'Expected a file of OpenVINO or ONNX at {one!r}, but there is no such file. Make it '
                'with srm-mmseg export, or check the path; a .xml has its weights in a .bin beside it.'
            )


def _refuse_other_device(core: openvino.Core, device: str) -> None:
    """Refuse a device that this machine has not."""
    kinds = {one.partition('.')[0] for one in core.available_devices}
    if device not in core.available_devices and device not in kinds:
        raise ValueError(
            f'Expected a device that OpenVINO has here, {", ".join(core.available_devices)}, but got '
            f'{device!r}. Others need their driver; of NVIDIA it has none.'
        )


def _stored(model: openvino.Model, key: str) -> str | None:
    """Read what the file says under a name."""
    place = [PLACE, key]
    return str(model.get_rt_info(place).value) if model.has_rt_info(place) else None


def _refuse_damaged(path: str, digest: str | None) -> None:
    """Refuse an IR whose weights are others than were written with it."""
    if digest and path.endswith('.xml'):
        weights = osp.splitext(path)[0] + '.bin'
        with open(weights, 'rb') as file:
            if hashlib.file_digest(file, 'sha256').hexdigest() != digest:
                raise ValueError(
                    f'Expected {weights!r} to be as it was written with {path!r}, but its bytes are '
                    'others: it is damaged, or of another file. Copy both or export them again.'
                )


def _can_be_written(folder: Path) -> bool:
    """Make a folder; tell whether files can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def _last_line(error: Exception) -> str:
    """Read the last line of an error of OpenVINO's, which tells what happened."""
    return str(error).strip().splitlines()[-1].strip().rstrip('.')
