"""What runs a network of the race: PyTorch, or an engine that reads its ONNX file."""

from __future__ import annotations

import importlib.util
import logging
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

Run = Callable[[], object]
CALIBRATION = 4
"""Random images of int8, or a batch of more: they set scales, which take no time whatever they are."""


@dataclass
class Entry:
    """A network at one batch, in the forms that engines take.

    Attributes:
        model: For inference.
        images: Shape B x 3 x H x W, in the model's layout.
        file: The same as ONNX, of that batch and size alone; None before :meth:`write`.
    """

    model: nn.Module
    images: Tensor
    file: Path | None = None

    @property
    def array(self) -> np.ndarray:
        """The images as engines take them."""
        return np.ascontiguousarray(self.images.numpy())

    def write(self, path: Path) -> None:
        """Write the file, for the images' batch and size."""
        logging.getLogger('torch.onnx').setLevel(logging.ERROR)
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter('ignore')
            torch.onnx.export(
                self.model,
                (self.images,),
                path,
                dynamo=True,
                opset_version=18,
                input_names=['images'],
                output_names=['map'],
                external_data=False,
                verbose=False,
            )
        self.file = path


@dataclass(frozen=True)
class Engine:
    """A column of the race.

    Attributes:
        column: Its name.
        packages: What it needs to be installed.
        prepare: Makes the pass of an entry on so many threads.
    """

    column: str
    packages: tuple[str, ...]
    prepare: Callable[[Entry, int], Run]

    @property
    def lacks(self) -> str:
        """What keeps it out of the race, in a line, or nothing."""
        missing = [name for name in self.packages if not importlib.util.find_spec(name)]
        if missing:
            return f'{self.column} is left out: pip install {" ".join(missing)}'
        if 'bf16' in self.column and 'BF16' not in openvino_capabilities():
            return f'{self.column} is left out: this CPU has no bfloat16 for OpenVINO'
        return ''


def openvino_capabilities() -> Sequence[str]:
    """List what OpenVINO finds this CPU able to do."""
    import openvino

    return openvino.Core().get_property('CPU', 'OPTIMIZATION_CAPABILITIES')


def pytorch(entry: Entry, threads: int) -> Run:
    """Run the model itself; its threads are the process's."""

    @torch.inference_mode()
    def run() -> object:
        return entry.model(entry.images)

    return run


def onnxruntime(entry: Entry, threads: int) -> Run:
    """Run the file by onnxruntime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(entry.file, options, ['CPUExecutionProvider'])
    return partial(session.run, None, {'images': entry.array})


def openvino(entry: Entry, threads: int, precision: str) -> Run:
    """Run the file by OpenVINO; what int8 leaves in float is float32."""
    import openvino

    core = openvino.Core()
    model: Any = core.read_model(entry.file)
    if precision == 'int8':
        model = quantised(model, entry.images.shape)
    hints = {
        'PERFORMANCE_HINT': 'LATENCY',
        'INFERENCE_NUM_THREADS': threads,
        'INFERENCE_PRECISION_HINT': 'bf16' if precision == 'bf16' else 'f32',
    }
    request = core.compile_model(model, 'CPU', hints).create_infer_request()
    return partial(request.infer, {'images': entry.array}, share_inputs=True)


def quantised(model: Any, shape: Sequence[int]) -> Any:
    """Quantise a model of OpenVINO to int8 by NNCF; products of matrices stay in float."""
    import nncf

    nncf.set_log_level(logging.ERROR)
    count = max(1, CALIBRATION // shape[0])
    images = np.random.default_rng(0).standard_normal((count, *shape), dtype=np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        return nncf.quantize(
            model,
            nncf.Dataset(images),
            subset_size=count,
            ignored_scope=nncf.IgnoredScope(types=['MatMul'], validate=False),
            advanced_parameters=nncf.AdvancedQuantizationParameters(disable_bias_correction=True),
        )


EXPORT = ('onnx', 'onnxscript')
ENGINES = (
    Engine('PyTorch_ms', (), pytorch),
    Engine('onnxruntime_ms', ('onnxruntime', *EXPORT), onnxruntime),
    *(
        Engine(f'OpenVINO_{precision}_ms', packages, partial(openvino, precision=precision))
        for precision, packages in {
            'f32': ('openvino', *EXPORT),
            'bf16': ('openvino', *EXPORT),
            'int8': ('openvino', 'nncf', *EXPORT),
        }.items()
    ),
)
