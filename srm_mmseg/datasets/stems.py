"""Files by stem: a path below its folder without the suffix, by which images and masks pair."""

from __future__ import annotations

import errno
import os.path as osp
from collections.abc import Collection, Sequence

from srm_mmseg.datasets.hidden_files import is_hidden
from srm_mmseg.datasets.stored_files import files_below, is_folder, read_text


class BadSetError(ValueError):
    """Folders or a list that cannot be used as a data set; the message names them."""


def as_tuple(suffixes: str | Sequence[str]) -> tuple[str, ...]:
    """Take one suffix or several."""
    return (suffixes,) if isinstance(suffixes, str) else tuple(suffixes)


def without_suffix(name: str, suffixes: str | Sequence[str]) -> str:
    """Cut off a file name's suffix, in any case, if it is one of ``suffixes``."""
    endings = (e for e in as_tuple(suffixes) if name.lower().endswith(e.lower()))
    return name[: len(name) - len(next(endings, ''))]


def is_of_set(name: str, suffixes: str | Sequence[str]) -> bool:
    """Whether a path below a set's folder has one of the suffixes and no part of it is hidden."""
    return not is_hidden(name) and without_suffix(name, suffixes) != name


def files_by_stem(
    folder: str,
    suffixes: str | Sequence[str],
    backend_args: dict | None = None,
    wanted: Collection[str] | None = None,
) -> dict[str, str]:
    """Find the files of a folder, subfolders included, that have one of the suffixes.

    Args:
        folder: A folder that a file backend of MMEngine reads.
        suffixes: Suffixes, in any case. Other files are left out, and hidden ones.
        backend_args: Arguments of the file backend.
        wanted: Stems; others are left out. None takes all.

    Returns:
        Paths by stem.

    Raises:
        FileNotFoundError: If there is no such folder, or no such file in it.
        BadSetError: If two files have the same stem, or a link leads back to a folder above it.
    """
    if not is_folder(folder, backend_args):
        raise FileNotFoundError(f'Expected the folder {folder!r}, but there is none.')
    names = [name for name in _names(folder, backend_args) if is_of_set(name, suffixes)]
    if not names:
        raise FileNotFoundError(
            f'Expected files with suffix {" or ".join(as_tuple(suffixes))} in {folder!r}, but there '
            'are none.'
        )
    paths: dict[str, str] = {}
    for name in names:
        stem, path = without_suffix(name, suffixes), osp.join(folder, name)
        if wanted is not None and stem not in wanted:
            continue
        if stem in paths:
            raise BadSetError(
                f'Expected one file a stem, but got {paths[stem]!r} and {path!r}. '
                'Remove one, or narrow the suffixes.'
            )
        paths[stem] = path
    return paths


def _names(folder: str, backend_args: dict | None) -> list[str]:
    """List the files below a folder, relative to it."""
    try:
        return list(files_below(folder, backend_args))
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise BadSetError(
            f'Expected links in {folder!r} to lead to files and other folders, but '
            f'{error.filename!r} leads back to itself or to a folder above it. Remove it.'
        ) from error


def read_stems(
    path: str, suffixes: str | Sequence[str], backend_args: dict | None = None
) -> list[str]:
    """Read the stems of a list, a stem or a file name with one of the suffixes on each line.

    Raises:
        BadSetError: If the list is not UTF-8.
    """
    try:
        lines = read_text(path, 'utf-8-sig', backend_args).split('\n')
    except UnicodeDecodeError as error:
        raise BadSetError(
            f'Expected UTF-8 text in {path!r}, but got bytes that are not ({error}). '
            'Save the list as UTF-8.'
        ) from error
    return [_stem_of_line(line, suffixes) for line in lines if line.strip()]


def _stem_of_line(line: str, suffixes: str | Sequence[str]) -> str:
    return without_suffix(line.strip(), suffixes)


def fits_a_line(stem: str, suffixes: str | Sequence[str]) -> bool:
    """Whether :func:`read_stems` reads a stem as it is from a line of its own."""
    is_text = stem.encode('utf-8', 'ignore').decode() == stem
    return is_text and '\n' not in stem and _stem_of_line(stem, suffixes) == stem
