"""Memory that stays with the process, because getting it from the kernel is slow."""

from __future__ import annotations

import ctypes
import sys


def keep_freed_memory() -> None:
    """Let glibc keep the memory of freed feature maps for the next ones, in the whole process.

    It would give large blocks back to the kernel, which fills each new one with zeros: up to half
    of the time of large batches on a CPU. Call it before threads start: all of them then share one
    arena, as those that glibc makes for threads are too small for feature maps. Without glibc
    nothing happens.
    """
    if sys.platform != 'linux':
        return
    mallopt = getattr(ctypes.CDLL(None), 'mallopt', None)
    if mallopt is not None:
        trim_threshold, mmap_max, arena_max = -1, -4, -8  # glibc's names for its settings
        mallopt(trim_threshold, -1)
        mallopt(mmap_max, 0)
        mallopt(arena_max, 1)
