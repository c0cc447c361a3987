"""Which model runs, and how; importing it needs no toolbox."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

from srm_mmseg.zoo.cards import cards

DTYPES = ('float32', 'bfloat16', 'float16')
"""What PyTorch computes in."""

PRECISIONS = ('f32', 'bf16', 'int8', 'auto')
"""What OpenVINO computes in; auto is its own choice."""


class ModelChoice(NamedTuple):
    """What :class:`~srm_mmseg.apis.SaliencyInferencer` opens.

    Attributes:
        config: A config, an exported file, or the name of a model of the zoo.
        checkpoint: Weights of the config; None of an exported file, and of the zoo's own.
        device: 'auto', 'cpu', or a GPU by the name that its engine has for it.
        dtype: That PyTorch computes in, with the weights folded; 'auto' is the fastest of all that can
            be had here.
        precision: That OpenVINO computes in, which it then does.
        reason: Why so, for people, where it was found by trying.
    """

    config: str | Path
    checkpoint: str | Path | None = None
    device: str = 'auto'
    dtype: Any = None
    precision: str | None = None
    reason: str = ''

    @property
    def is_for_openvino(self) -> bool:
        """Tell whether OpenVINO is asked for: by a precision, or a device that it alone calls so."""
        return self.precision is not None or self.device.lower().startswith(('gpu', 'npu'))

    @property
    def way(self) -> str | None:
        """What decides on the maps beside the files; None where they alone do."""
        if self.is_for_openvino:
            return f'openvino {self.precision or "f32"}'
        return None if self.dtype is None else str(self.dtype)


def known_device(device: object) -> str:
    """Write a device's name in lower case.

    Raises:
        ValueError: If no engine has one of such a name.
    """
    name = str(device).lower()
    if not re.fullmatch(r'(auto|cpu|cuda|mps|xpu|gpu|npu)([:.]\d+)?', name):
        raise ValueError(
            f"Expected the device 'auto', 'cpu', 'cuda', 'cuda:1' (PyTorch, onnxruntime), 'gpu' or 'npu' "
            f'(Intel, by OpenVINO), but got {str(device)!r}.'
        )
    return name


def with_files_of_zoo(choice: ModelChoice) -> ModelChoice:
    """Take the files of a model of the zoo for its name.

    Of a model of the zoo they are its ONNX file, which needs neither the toolbox nor PyTorch, unless
    a GPU of PyTorch or a dtype is asked for, which do: then its config and weights.

    Raises:
        FileNotFoundError: If a file of the zoo is not there.
        BadZooError: If it is another than was published.
    """
    card = cards().get(str(choice.config)) if choice.checkpoint is None else None
    if card is None:
        return choice
    on_cpu = choice.device in ('auto', 'cpu') and choice.dtype in (None, 'auto')
    if on_cpu or choice.is_for_openvino:
        return choice._replace(config=card.onnx)
    return choice._replace(config=card.config, checkpoint=f'zoo://{card.name}')
