"""Which files of a folder are no part of its content; needs no toolbox."""

from __future__ import annotations

import os
from pathlib import PurePath

# Folders of previews, of deleted files and of macOS's copies of metadata, on disks and in archives.
SYSTEM_NAMES = {
    *('__macosx', 'thumbs.db', 'desktop.ini', 'lost+found'),
    *('$recycle.bin', 'recycler', 'system volume information'),
    *('@eadir', '#recycle', '#snapshot', '@recycle', '@recently-snapshot'),
}


def is_hidden(name: str | os.PathLike) -> bool:
    """Whether a part of a path is hidden: it begins with a dot, or a system keeps it for itself."""
    return any(part.startswith('.') or is_of_system(part) for part in PurePath(name).parts)


def is_of_system(name: str) -> bool:
    """Whether a system gives this name to what it keeps in people's folders, in any case."""
    return name.lower() in SYSTEM_NAMES
