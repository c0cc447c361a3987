"""The note in an output folder, ``model.json``: which model drew the pictures, and of which files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock

from srm_mmseg.whole_file import write_whole

FORMAT = 2  # 1, which had no key for it, told files by their times
LOCKED_SECONDS = 60.0  # the longest wait for another run, which holds the lock while it writes


@dataclass
class Note:
    """What ``model.json`` says.

    Attributes:
        model: What tells the model from others; None if no run has written yet.
        sources: By a picture's file name the file that it is of: its ``path`` and, once it is drawn,
            its ``size``, ``time`` and ``sha256``.
    """

    model: Mapping[str, Any] | None = None
    sources: dict[str, dict[str, Any]] = field(default_factory=dict)


@contextmanager
def locked(note: Path) -> Iterator[None]:
    """Hold the lock of a note's folder, which is made; a run that is killed lets go of it.

    Where the folder cannot be written to there is no lock, and nothing that would need it.

    Raises:
        OSError: If the folder cannot be made, or another run does not let go of the lock.
    """
    note.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(_lock_of(note), LOCKED_SECONDS, poll_interval=0.01)
    try:
        lock.acquire()
    except TimeoutError:
        raise
    except (OSError, NotImplementedError):
        yield
        return
    try:
        yield
    finally:
        lock.release()


def read_note(path: Path) -> Note:
    """Read a note; one that says nothing if there is none.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is damaged or another version's.
    """
    if not path.exists():
        return Note()
    try:
        content = json.loads(path.read_bytes())
        if content.get('format') != FORMAT:
            raise ValueError(f'format {content.get("format", 1)}')
        return Note(dict(content['model']), {k: dict(v) for k, v in content['sources'].items()})
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise ValueError(
            f'Expected {str(path)!r} to be as this version writes it, but got another content '
            f'({error!r}). Another version told files by their times, not by what is in them. '
            'Remove the file and write the pictures anew with --overwrite, or name another --out.'
        ) from error


def remove_note(path: Path) -> None:
    """Remove a note and its lock, which this run holds; another that waits for it makes a new one.

    Raises:
        OSError: If it cannot be removed.
    """
    path.unlink(missing_ok=True)
    _lock_of(path).unlink(missing_ok=True)


def _lock_of(note: Path) -> Path:
    return note.with_name(f'.{note.name}.lock')


def write_note(note: Note, path: Path) -> None:
    """Write a note whole, unless it is there already, as in a folder that is only read.

    Raises:
        OSError: If it cannot be written.
    """
    lines = (f'{json.dumps(name)}: {json.dumps(one)}' for name, one in note.sources.items())
    head = f'"format": {FORMAT}, "model": {json.dumps(note.model)}'
    text = f'{{{head}, "sources": {{\n' + ',\n'.join(lines) + '\n}}\n'
    data = text.encode()  # ASCII, whatever bytes the names are of
    if not path.exists() or path.read_bytes() != data:
        write_whole(data, path)
