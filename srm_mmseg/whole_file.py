"""Files that are whole or not there, whenever a process is killed or a disk is full.

Importing it needs no toolbox.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


def temporary(path: Path) -> Path:
    """Name a file beside another for what is not complete yet; the suffix is kept.

    The name is short, since a file's own may be as long as names can be, and no other run's, on
    whatever machine.
    """
    return path.with_name(f'.{uuid4().hex}.part{path.suffix}')


@contextmanager
def replacing(path: Path, part: Path | None = None) -> Iterator[Path]:
    """Let a file be written beside another, whose place it takes at the end, if all went well.

    Args:
        path: The file; its folder is made if there is none.
        part: Where to write meanwhile, on the same disk; by default a :func:`temporary` file. PyTorch
            writes this name into its files.

    Yields:
        Where to write.

    Raises:
        OSError: If it cannot be written; it names the file, not the one beside it.
    """
    part = part or temporary(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        os.replace(part, path)
    except OSError as error:
        if error.errno is not None and error.filename in (None, str(part)):
            error.filename = str(path)
        raise
    finally:
        part.unlink(missing_ok=True)


def write_whole(data: bytes, path: Path) -> None:
    """Write a file, and its folder, so that nobody ever sees a part of it.

    Raises:
        OSError: If it cannot be written.
    """
    with replacing(path) as part:
        part.write_bytes(data)
