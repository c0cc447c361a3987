"""Refuse to draw pictures where the next run would take them for photographs, or over photographs.

A folder is told by its number on its disk: by links and by mounts it has several paths.
"""

from __future__ import annotations

import glob
import os
import os.path as osp
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path


def refuse_pictures_as_inputs(out: Path, kinds: Iterable[str], inputs: Iterable[str]) -> None:
    """Refuse input files that lie where an output folder has its pictures; links are followed.

    Raises:
        ValueError: If there is one.
    """
    identity = cache(_identity)
    folders = {identity(osp.realpath(out / kind)) for kind in kinds}
    for path in inputs:
        if folders & {identity(one) for one in _and_above(osp.dirname(osp.realpath(path)))}:
            raise ValueError(
                f'Expected photographs, but got {path!r}, which lies where --out {str(out)!r} has its '
                'pictures. Give the photographs alone, or name another --out.'
            )


def refuse_in_folders(out: Path, kinds: Iterable[str], given: str, entered: set[str]) -> None:
    """Refuse an output folder in a folder that is listed.

    Args:
        out: The output folder.
        kinds: Its subfolders.
        given: The input, for the message.
        entered: Real paths of the folders that are listed for it, or that links in them lead to.

    Raises:
        ValueError: If outputs would become inputs.
    """
    listed = set(map(_identity, entered))
    for folder in (out, *(out / kind for kind in kinds)):
        if listed & set(map(_identity, _and_above(osp.realpath(folder)))):
            raise _in_input(given, out)


def refuse_in_pattern(out: Path, pictures: Iterable[Path], pattern: str) -> None:
    """Refuse an output folder of whose pictures a pattern would find one.

    Args:
        out: The output folder, for the message.
        pictures: Where its pictures go.
        pattern: As of :func:`~srm_mmseg.apis.sources.files`.

    Raises:
        ValueError: If outputs would become inputs.
    """
    identity = cache(_identity)
    steps = {(identity(folder), rest) for folder, rest in _steps(pattern)}
    folders = {folder for folder, _ in steps}
    enters_folders = '**' not in pattern
    for parent, name in {osp.split(picture) for picture in pictures}:
        real = osp.realpath(parent)
        for above in (one for one in _and_above(real) if identity(one) in folders):
            names = (*Path(real).relative_to(above).parts, name)
            rests = (rest for folder, rest in steps if folder == identity(above))
            if any(_matches(names, rest, enters_folders) for rest in rests):
                raise _in_input(pattern, out)


def _in_input(given: str, out: Path) -> ValueError:
    return ValueError(
        f'Expected --out outside of the input {given!r}, but got {str(out)!r}: the next run would '
        'take its pictures for photographs.'
    )


def _identity(path: str) -> tuple[int, int] | str:
    """Tell a folder from others: disk and number, or where there is none (yet) the path."""
    try:
        status = os.stat(path)
    except OSError:
        return path
    return status.st_dev, status.st_ino


def _and_above(path: str) -> list[str]:
    """List a path and all folders above it."""
    return [path, *map(str, Path(path).parents)]


def _steps(pattern: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Walk along a pattern: the folders that its first parts find, and the parts that remain.

    A link to nothing counts as a folder: it may lead to the output folder, which is not there yet.
    """
    parts = Path(pattern).parts
    first = next(index for index, part in enumerate(parts) if glob.has_magic(part))
    for end in range(first, len(parts) + 1):
        is_any_depth = end > 0 and parts[end - 1] == '**'
        for found in glob.glob(osp.join('.', *parts[:end]), recursive=True):
            if osp.isdir(found) or not osp.exists(found):
                yield osp.realpath(found), parts[end:]
                if is_any_depth:
                    yield osp.realpath(found), parts[end - 1 :]


def _matches(names: tuple[str, ...], parts: tuple[str, ...], enters_folders: bool) -> bool:
    """Whether a pattern's parts find a file by its path below a folder.

    Args:
        names: Parts of the path.
        parts: Parts of the pattern.
        enters_folders: Whether all files of a folder that the pattern finds count.
    """
    if not parts:
        return not names or enters_folders
    if not names:
        return parts == ('**',)
    is_asked_for = parts[0].startswith('.') or not names[0].startswith('.')
    if parts[0] == '**':
        return _matches(names, parts[1:], enters_folders) or (
            is_asked_for and _matches(names[1:], parts, enters_folders)
        )
    return (
        is_asked_for
        and fnmatchcase(names[0], parts[0])
        and _matches(names[1:], parts[1:], enters_folders)
    )
