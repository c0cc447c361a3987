"""Names of files on a terminal: they need be no text, and may hold what a terminal obeys."""

from __future__ import annotations

import sys
import unicodedata
import warnings
from collections.abc import Sequence

UNSEEN = ('Cc', 'Cf', 'Cs', 'Co', 'Cn', 'Zl', 'Zp')
"""Unicode categories without a shape: control characters, bytes that are not UTF-8, ..."""

JOINERS = '\u200c\u200d'  # without a shape of their own, but they change that of their neighbours


def print_any_text() -> None:
    """Let the output streams escape characters that they cannot encode.

    Python's own would raise UnicodeEncodeError, in a UTF-8 terminal too: a file's name that is not
    UTF-8 holds halves of surrogate pairs.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, 'reconfigure'):  # a notebook's has none, and takes any text
            stream.reconfigure(errors='backslashreplace')


def print_warnings() -> None:
    """Print each warning in a line, without the place in the code that it is from."""
    warnings.showwarning = lambda message, *_, **__: print(
        f'warning: {printable(message)}', file=sys.stderr
    )


def printable(text: object) -> str:
    r"""Write out what cannot be seen or encoded, or is a command to a terminal: ``\n``, ``\udcff``."""
    return ''.join(
        character if is_seen(character) else character.encode('unicode_escape').decode()
        for character in str(text)
    )


def is_seen(character: str) -> bool:
    """Tell whether a character has a shape, or joins those beside it."""
    return character in JOINERS or unicodedata.category(character) not in UNSEEN


def counted(count: int, singular: str, plural: str = '') -> str:
    """Write a number and what it counts: ``1 input``, ``2 inputs``.

    Args:
        count: How many.
        singular: The name of one.
        plural: The name of several, where it is not the singular and an s.
    """
    return f'{count} {singular if count == 1 else plural or singular + "s"}'


def first_of(names: Sequence[str], count: int = 10) -> str:
    """Name the first few, as they can be printed, and say that there are more."""
    return printable(', '.join(names[:count])) + (', ...' if len(names) > count else '')
