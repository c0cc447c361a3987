"""Names of files on a terminal: they need be no text, and may hold what a terminal obeys."""

from __future__ import annotations

import sys
import unicodedata

# Control characters, halves of surrogate pairs, separators of lines and of paragraphs.
UNPRINTABLE = ('Cc', 'Cs', 'Zl', 'Zp')
DIRECTIONS = '\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069'  # which reorder a line


def print_any_text() -> None:
    """Let the output streams escape characters that they cannot encode.

    Python's own would raise UnicodeEncodeError, in a UTF-8 terminal too: a file's name that is not
    UTF-8 holds halves of surrogate pairs.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, 'reconfigure'):  # a notebook's has none, and takes any text
            stream.reconfigure(errors='backslashreplace')


def printable(text: object) -> str:
    """Escape what breaks a line, cannot be encoded, or is a command to a terminal."""
    return ''.join(
        character.encode('unicode_escape').decode() if _is_unprintable(character) else character
        for character in str(text)
    )


def _is_unprintable(character: str) -> bool:
    return unicodedata.category(character) in UNPRINTABLE or character in DIRECTIONS
