"""How much memory the decoding of a picture may take, told from its header; needs no toolbox."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image


class RefusedImageError(ValueError):
    """A picture that may be whole, but is not read; the message says why, and what to do."""


VARIABLE = 'SRM_IMAGE_GIB'
"""Name of the environment variable that sets the limit for a picture, in GiB."""

DEFAULT_GIB = 4.0
MAP_BYTES = 20
"""Bytes a pixel of the largest step after decoding: RGB, a float32 map, a cut-out and its PNG."""

RGB_BYTES = 3
MODE_BYTES = {'1': 1, 'L': 1, 'P': 1, 'I;16': 2, 'I;16B': 2, 'I;16L': 2}  # in Pillow; others take 4
DECODER_BYTES = {'WEBP': 12, 'AVIF': 12, 'JPEG2000': 13, 'JPEG': 6, 'MPO': 6, 'TIFF': 4}
"""Bytes a pixel that a format's decoder takes beside the picture that it fills."""


def limit() -> int:
    """Read the limit for a picture, in bytes, from the environment.

    Raises:
        ValueError: If :data:`VARIABLE` is set to anything else than a positive number.
    """
    text = os.environ.get(VARIABLE) or str(DEFAULT_GIB)
    try:
        gib = float(text)
    except ValueError:
        gib = 0.0
    if not 0 < gib < 1 << 20:
        raise ValueError(
            f'Expected the environment variable {VARIABLE} to be a number of GiB above 0, but got '
            f'{text!r}. Set it to {DEFAULT_GIB:g}, which is the default, or remove it.'
        )
    return round(gib * (1 << 30))


def bytes_needed(image: Image.Image, file_bytes: int) -> int:
    """Tell what reading a picture and drawing its map will take.

    Args:
        image: As its header says, not decoded yet.
        file_bytes: Size of the file.

    Returns:
        Bytes at the same time.
    """
    decoding = MODE_BYTES.get(image.mode, 4) + DECODER_BYTES.get(image.format or '', 0) + RGB_BYTES
    return file_bytes + image.width * image.height * max(decoding, MAP_BYTES)


def refuse_above(needed: int, what: str) -> None:
    """Refuse what takes more memory than the limit.

    Args:
        needed: Bytes.
        what: What takes them, as a sentence goes on: 'has 10x10 pixels'.

    Raises:
        RefusedImageError: If it is more than the limit; it tells both and how to raise it.
    """
    most = limit()
    if needed > most:
        raise RefusedImageError(
            f'{what} and would take {needed / (1 << 30):.2g} GiB of memory, where the limit for a '
            f'picture is {most / (1 << 30):g} GiB. Make it smaller, or raise the limit: set the '
            f'environment variable {VARIABLE}={needed // (1 << 30) + 1}'
        )


def refuse_large_file(path: str | os.PathLike) -> None:
    """Refuse a file that would not fit the limit as it is, before it is read.

    Raises:
        OSError: If there is no such file.
        RefusedImageError: If it is larger than the limit.
    """
    size = os.stat(path).st_size
    refuse_above(size, f'has {size} bytes')


class _Shared:
    """The bytes that all threads' pictures take together."""

    def __init__(self) -> None:
        self.taken = 0
        self.changed = threading.Condition()


_shared = _Shared()
_thread = threading.local()


@contextmanager
def shared_memory() -> Iterator[None]:
    """Let the pictures that threads decode within it keep to the limit for one, together.

    The first picture of a thread waits until it fits beside those of other threads; if there are
    none it never waits. What is decoded within must be dropped within.
    """
    _thread.mine = 0
    try:
        yield
    finally:
        with _shared.changed:
            _shared.taken -= _thread.mine
            _shared.changed.notify_all()
        del _thread.mine


def wait_for(needed: int) -> None:
    """Within :func:`shared_memory`, wait until so many bytes are free; elsewhere go on at once."""
    mine = getattr(_thread, 'mine', None)
    if mine is None:
        return
    most = limit()
    with _shared.changed:
        if not mine:  # who holds some already must not wait for others who do
            _shared.changed.wait_for(lambda: not _shared.taken or _shared.taken + needed <= most)
        _thread.mine = max(mine, needed)
        _shared.taken += _thread.mine - mine
