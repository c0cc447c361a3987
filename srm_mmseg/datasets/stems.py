"""Files by stem: a path below its folder without the suffix, by which images and masks pair."""

from __future__ import annotations

import os.path as osp
from collections.abc import Sequence

import mmengine
from mmengine import fileio


def as_tuple(suffixes: str | Sequence[str]) -> tuple[str, ...]:
    """Take one suffix or several."""
    return (suffixes,) if isinstance(suffixes, str) else tuple(suffixes)


def without_suffix(name: str, suffixes: str | Sequence[str]) -> str:
    """Cut off a file name's suffix, in any case, if it is one of ``suffixes``."""
    endings = (e for e in as_tuple(suffixes) if name.lower().endswith(e.lower()))
    return name[: len(name) - len(next(endings, ''))]


def files_by_stem(
    folder: str, suffixes: str | Sequence[str], backend_args: dict | None = None
) -> dict[str, str]:
    """Find the files of a folder, subfolders included, that have one of the suffixes.

    Args:
        folder: A folder that a file backend of MMEngine reads.
        suffixes: Suffixes, in any case. Other files are left out.
        backend_args: Arguments of the file backend.

    Returns:
        Paths by stem, at least one.

    Raises:
        FileNotFoundError: If there is no such folder, or no such file in it.
        ValueError: If two files have the same stem.
    """
    if not fileio.isdir(folder, backend_args=backend_args):
        raise FileNotFoundError(f'Expected the folder {folder!r}, but there is none.')
    paths: dict[str, str] = {}
    for name in fileio.list_dir_or_file(
        folder, list_dir=False, recursive=True, backend_args=backend_args
    ):
        stem, path = without_suffix(name, suffixes), osp.join(folder, name)
        if stem == name:
            continue
        if stem in paths:
            raise ValueError(
                f'Expected one file a stem, but got {paths[stem]!r} and {path!r}. '
                'Remove one, or narrow the suffixes.'
            )
        paths[stem] = path
    if not paths:
        raise FileNotFoundError(
            f'Expected files with suffix {" or ".join(as_tuple(suffixes))} in {folder!r}, but there '
            'are none.'
        )
    return paths


def read_stems(
    path: str, suffixes: str | Sequence[str], backend_args: dict | None = None
) -> list[str]:
    """Read the stems of a list, a stem or a file name with one of the suffixes on each line."""
    lines = mmengine.list_from_file(path, encoding='utf-8-sig', backend_args=backend_args)
    return [without_suffix(line.strip(), suffixes) for line in lines if line.strip()]
