"""Refuse checkpoints that would take more memory than their file has bytes."""

from __future__ import annotations

import zipfile
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.logging.history_buffer import HistoryBuffer

SHARED = 4
"""How many times the file's size its tensors may take: some share their numbers."""
ALWAYS = 2**26
"""Bytes that they may take in any case."""


def check_archive(path: str) -> None:
    """Check that a file unpacks to no more than its size, before anything of it is unpacked.

    Raises:
        ValueError: If it unpacks to more, or is a TorchScript file.
        zipfile.BadZipFile: If it is damaged.
    """
    with Path(path).open('rb') as file:
        if file.read(4) != b'PK\x03\x04':  # PyTorch before 1.6 wrote no archive
            return
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
        size = file.seek(0, 2)
    if any(part.filename.endswith('/constants.pkl') for part in parts):
        raise ValueError('it is a TorchScript file, which is a program, and not a checkpoint')
    unpacked = sum(part.file_size for part in parts)
    if unpacked > size:
        raise ValueError(
            f'its {size} bytes unpack to {unpacked}. torch.save compresses nothing: unpack the '
            'file with an archiver, or save it anew'
        )


def check_contents(checkpoint: Any, path: str) -> None:
    """Check that tensors and arrays take no more memory than their file can hold.

    Raises:
        ValueError: If they take more. So does a view that repeats a number many times.
    """
    size = Path(path).stat().st_size
    taken = sum(_bytes_of(one) for one in contents(checkpoint))
    if taken > SHARED * size + ALWAYS:
        raise ValueError(f'its {size} bytes claim to hold tensors of {taken} bytes')


def contents(checkpoint: Any) -> Iterator[Any]:
    """Go through all values once, however deep they lie and however often they are shared."""
    left, seen = [checkpoint], set()
    while left:
        one = left.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, dict):
            left += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple | set):
            left += one
        if isinstance(one, OrderedDict | HistoryBuffer | torch.Tensor):
            left += vars(one).values()


def _bytes_of(value: Any) -> int:
    """Count the bytes of a tensor or array once it is copied; sparse ones hold no more than stored."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, torch.Tensor) and value.layout == torch.strided:
        return value.numel() * value.element_size()
    return 0
