"""One strict checkpoint loader, for both distributions of the toolbox.

A pickle can run any code. With torch >= 2.6 the original MMEngine refuses its own checkpoints, and
the maintained fork falls back to unpickling whatever the file says. This loader takes the place of
the toolbox's for local files: it unpickles tensors, plain values and MMEngine's logs, and refuses
the rest.
"""

from __future__ import annotations

import os.path as osp
from collections.abc import Callable
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch
from mmengine.logging.history_buffer import HistoryBuffer
from mmengine.runner.checkpoint import CheckpointLoader

_STATISTICS = ('min', 'max', 'mean', 'current')


def _history_statistic(owner: object, name: str) -> Callable:
    """Stand in for ``getattr``, which a log needs for its four statistics and nothing else."""
    if owner is not HistoryBuffer or name not in _STATISTICS:
        raise UnpicklingError(f'it reads the attribute {name!r} of {owner!r}')
    return getattr(HistoryBuffer, name)


def _safe_globals() -> list:
    """List what a checkpoint of MMEngine holds besides tensors: buffers of logged numbers."""
    reconstruct, scalar = np.empty(0).__reduce__()[0], np.float64(0).__reduce__()[0]
    numpy_functions = [  # named by numpy 1 and by numpy 2
        (function, f'{core}.multiarray.{name}')
        for core in ('numpy.core', 'numpy._core')
        for name, function in (('_reconstruct', reconstruct), ('scalar', scalar))
    ]
    dtypes = [type(np.dtype(code)) for code in '?' + np.typecodes['AllInteger'] + 'efd']
    getters = [(_history_statistic, 'builtins.getattr')]
    return [HistoryBuffer, np.ndarray, np.dtype, *dtypes, *numpy_functions, *getters]


@CheckpointLoader.register_scheme(prefixes='', force=True)
def load_from_local(filename: str, map_location: Any = None) -> dict:
    """Load a checkpoint file without running code that it may hold.

    Args:
        filename: Path of the checkpoint.
        map_location: As in :func:`torch.load`.

    Returns:
        The checkpoint.

    Raises:
        FileNotFoundError: If there is no such file.
        UnpicklingError: If the file holds more than a checkpoint of MMEngine does.
        ValueError: If the file is truncated or no checkpoint.
    """
    path = osp.expanduser(filename)
    if not osp.isfile(path):
        raise FileNotFoundError(
            f'Expected a checkpoint at {path!r}, but there is no such file. Check the path.'
        )
    try:
        with torch.serialization.safe_globals(_safe_globals()):
            return torch.load(path, map_location=map_location, weights_only=True)
    except UnpicklingError as error:
        # PyTorch puts its reason on the first line after this mark, amid advice to load unsafely.
        reason = str(error).partition('WeightsUnpickler error:')[2].strip().partition('\n')[0]
        raise UnpicklingError(
            f'Refused to load {path!r}, which holds more than tensors, plain values and logs and '
            f'could run code: {reason or error}. If you made it and trust it, save its weights '
            "alone: torch.save({'state_dict': model.state_dict()}, path)."
        ) from None
    except (RuntimeError, EOFError, OSError, ValueError) as error:
        raise ValueError(
            f'Expected a checkpoint of PyTorch, but {path!r} cannot be read: {error}. '
            'The file may be truncated: copy or download it again.'
        ) from error
