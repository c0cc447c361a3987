"""Where files lie that can be made again."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Name the folder: ``srm_mmseg`` in ``XDG_CACHE_HOME``, or in ``~/.cache``; it may not exist."""
    return Path(os.environ.get('XDG_CACHE_HOME') or Path('~/.cache').expanduser(), 'srm_mmseg')
