"""Unpickle a checkpoint's tensors, plain values and logs, and nothing that could run code."""

from __future__ import annotations

import re
from pickle import UnpicklingError
from threading import Lock
from typing import Any

import numpy as np
import torch
from mmengine.logging.history_buffer import HistoryBuffer

_STATISTICS = ('min', 'max', 'mean', 'current')
_NUMBERS = re.compile(r'[biufc]\d{1,2}')
_ADVICE = re.compile(r'weights_only|torch\.load|safe_globals|allowlist|arbitrary|trust', re.I)


class _DType:
    """Stands in for ``numpy.dtype``, whose state could make pointers of a file's bytes."""

    def __init__(self, code: str, *_: object) -> None:
        if not isinstance(code, str) or not _NUMBERS.fullmatch(code):
            raise UnpicklingError(f'it holds an array of {code!r}, not of numbers')
        self.dtype = np.dtype(code)

    def __setstate__(self, state: tuple) -> None:
        order = state[1]
        if order not in ('<', '>', '=', '|') or state[2:] != (None, None, None, -1, -1, 0):
            raise UnpicklingError(f'it holds an array whose numbers are laid out as {state!r}')
        self.dtype = self.dtype.newbyteorder(order)


class _Array(np.ndarray):
    """Stands in for ``numpy.ndarray`` and is pickled as one."""

    def __new__(cls, *_: object) -> _Array:
        return super().__new__(cls, (0,), np.int8)

    def __setstate__(self, state: tuple) -> None:
        version, shape, stand_in, is_fortran, numbers = state
        super().__setstate__((version, shape, stand_in.dtype, is_fortran, numbers))

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.view(np.ndarray).__reduce_ex__(protocol)


class _Log(HistoryBuffer):
    """Stands in for ``HistoryBuffer``, whose state would change the statistics of all logs."""

    def __setstate__(self, state: dict) -> None:
        numbers = (state['_log_history'], state['_count_history'])
        if not all(isinstance(one, np.ndarray) for one in numbers):
            raise UnpicklingError('it holds a log of something else than numbers')
        self.__class__ = HistoryBuffer
        HistoryBuffer.__init__(self, *map(np.array, numbers), int(state['max_length']))


def _reconstruct(*_: object) -> _Array:
    return _Array()


def _scalar(stand_in: _DType, number: bytes) -> Any:
    return np.frombuffer(number, stand_in.dtype, 1)[0]


def _history_statistic(owner: object, name: str) -> Any:
    """Stand in for ``getattr``, which a log needs for its four statistics and nothing else."""
    if owner is not _Log or name not in _STATISTICS:
        raise UnpicklingError(f'it reads the attribute {name!r} of {owner!r}')
    return getattr(HistoryBuffer, name)


_NUMPY_FUNCTIONS = {'_reconstruct': _reconstruct, 'scalar': _scalar}
_STAND_INS: list[Any] = [
    (_Log, 'mmengine.logging.history_buffer.HistoryBuffer'),
    (_history_statistic, 'builtins.getattr'),
    (_DType, 'numpy.dtype'),
    (_Array, 'numpy.ndarray'),
    *(  # named by numpy 1 and by numpy 2
        (function, f'{core}.multiarray.{name}')
        for core in ('numpy.core', 'numpy._core')
        for name, function in _NUMPY_FUNCTIONS.items()
    ),
]
"""What takes the place of all that MMEngine's checkpoints name besides PyTorch's own."""
_ONE_AT_A_TIME = Lock()  # PyTorch's list of what is admitted is the whole process's


def reason_of(error: Exception) -> str:
    """Tell PyTorch's reason without its advice, which is to load unsafely."""
    text = str(error)
    text = text.partition('WeightsUnpickler error:')[2] or text
    sentences = re.split(r'(?<=[.!?:])\s+|\n', text)
    kept = [one.strip() for one in sentences if one.strip() and not _ADVICE.search(one)]
    return ' '.join(kept)[:300].rstrip('.: ') or type(error).__name__


def unpickle(path: str, map_location: Any = None) -> Any:
    """Read a file of :func:`torch.save`, of any version of PyTorch.

    Args:
        path: The file.
        map_location: As in :func:`torch.load`.

    Raises:
        UnpicklingError: If the file holds more than tensors, plain values and MMEngine's logs.
        Exception: Of any other kind, if the file is damaged.
    """
    with _ONE_AT_A_TIME:
        admitted = torch.serialization.get_safe_globals()
        torch.serialization.clear_safe_globals()  # what others admit is not admitted here
        try:
            with torch.serialization.safe_globals(_STAND_INS):
                return torch.load(path, map_location=map_location, weights_only=True)
        finally:
            torch.serialization.add_safe_globals(admitted)
