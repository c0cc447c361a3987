"""Files of this machine, and those that a file backend of MMEngine reads; only these need MMEngine."""

from __future__ import annotations

import os.path as osp
from collections.abc import Iterator
from os import scandir


def is_local(path: str, backend_args: dict | None = None) -> bool:
    """Whether a path is one of this machine, for which nobody chose a file backend."""
    return backend_args is None and '://' not in str(path)


def read_bytes(path: str, backend_args: dict | None = None) -> bytes:
    """Read a file whole."""
    if not is_local(path, backend_args):
        from mmengine import fileio

        return fileio.get(path, backend_args=backend_args)
    with open(path, 'rb') as file:
        return file.read()


def read_text(path: str, encoding: str, backend_args: dict | None = None) -> str:
    r"""Read a text whole, its line ends as ``\n``."""
    if not is_local(path, backend_args):
        from mmengine import fileio

        return fileio.get_text(path, encoding=encoding, backend_args=backend_args)
    with open(path, encoding=encoding) as file:
        return file.read()


def is_folder(path: str, backend_args: dict | None = None) -> bool:
    """Whether there is a folder."""
    if not is_local(path, backend_args):
        from mmengine import fileio

        return fileio.isdir(path, backend_args=backend_args)
    return osp.isdir(path)


def files_below(folder: str, backend_args: dict | None = None) -> Iterator[str]:
    """Yield the files of a folder and its subfolders, relative to it; links are followed.

    Raises:
        OSError: If a folder cannot be listed, or a link leads back.
    """
    if not is_local(folder, backend_args):
        from mmengine import fileio

        yield from fileio.list_dir_or_file(
            folder, list_dir=False, recursive=True, backend_args=backend_args
        )
        return
    for entry in scandir(folder):
        if not entry.name.startswith('.') and entry.is_file():
            yield entry.name
        elif osp.isdir(entry.path):
            yield from (osp.join(entry.name, name) for name in files_below(entry.path))
