"""Errors of files and folders in one line; importing it needs no toolbox."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

REMEDIES = {
    errno.ENOSPC: 'The disk is full: free some space on it, or name a folder on another one.',
    errno.EDQUOT: 'Your quota is used up: remove files of yours, or name a folder elsewhere.',
    errno.EFBIG: 'A file may not be that large here: raise the limit (ulimit -f), or name a folder '
    'on another disk.',
    errno.EROFS: 'The disk can only be read: name a folder on another one.',
    errno.EACCES: 'You have no right to it: change its permissions, or name another.',
    errno.EPERM: 'You have no right to it: change its permissions, or name another.',
    errno.ENOTDIR: 'A part of the path is a file: remove it, or name another folder.',
    errno.EEXIST: 'It exists: remove it, or name another.',
    errno.EISDIR: 'It is a folder: name a file.',
    errno.ENAMETOOLONG: 'The name is too long: choose a shorter one.',
    errno.EMFILE: 'Too many files are open: raise the limit (ulimit -n).',
    errno.EIO: 'The disk has a fault: check it, or name a folder on another one.',
}
FULL = 2**16  # bytes left, below which a disk counts as full


@contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """Name the file in errors of writing it: those of a full disk do not.

    Args:
        path: The file that is written inside.

    Raises:
        OSError: Any that is raised inside, with its ``filename``.
    """
    try:
        yield
    except OSError as error:
        if error.errno is not None and error.filename is None:
            error.filename = str(path)
        raise


def write_text(text: str, path: Path) -> None:
    """Write a file in UTF-8, and its folder if there is none.

    Args:
        text: What to write; bytes of a name that is not UTF-8 are escaped.
        path: The file; one that is there is replaced.

    Raises:
        OSError: If it cannot be written; it names the file.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, 'utf-8', 'backslashreplace', newline='')


def told(error: OSError, folders: Sequence[str | Path] = ()) -> str:
    """Tell an error of a file in one line, with the remedy.

    Args:
        error: The error. A message that somebody wrote for it is left as it is.
        folders: Folders that the program writes to, of which one is named where the error names no
            file; the full ones, if there are some.

    Returns:
        One line.
    """
    if error.errno is None or error.strerror is None:
        return str(error).strip()
    if error.filename is not None:
        name = repr(os.fsdecode(error.filename))
    else:
        name = ' or '.join(repr(str(one)) for one in full_folders(folders) or folders)
    what = f'Expected to use {name}' if name else 'Expected to use a file'
    return f'{what}, but got: {error.strerror}. {REMEDIES.get(error.errno, "Check the path.")}'


def full_folders(folders: Sequence[str | Path]) -> list[str]:
    """List the folders, shared memory and the temporary folder among them, whose disk is full."""
    places = [str(one) for one in (*folders, '/dev/shm', tempfile.gettempdir())]
    return [one for one in places if os.path.exists(one) and shutil.disk_usage(one).free < FULL]


@contextmanager
def plain_errors(*others: type[Exception]) -> Iterator[None]:
    """End the program with one line where a file or a value is not what is needed.

    Args:
        others: Kinds of errors besides ``OSError`` and ``ValueError``.
    """
    kinds: tuple[type[Exception], ...] = (ValueError, *others)
    try:
        yield
    except OSError as error:
        sys.exit(f'error: {told(error)}')
    except kinds as error:
        sys.exit(f'error: {error}')
