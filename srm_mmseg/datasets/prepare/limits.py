"""What an archive may hold, in files, bytes and headers."""

from __future__ import annotations

from dataclasses import dataclass


class BadArchiveError(ValueError):
    """An archive that is not read; the message names it, and says what to do."""


@dataclass(frozen=True)
class Limits:
    """What no standard data set comes near to: more is a bomb, or no data set.

    Attributes:
        files: Files in an archive.
        file_bytes: Bytes of a file, unpacked.
        total_bytes: Bytes of all files and their names, unpacked.
        ratio: Bytes of all files unpacked to bytes of the archive; images hardly compress.
        header_bytes: Bytes of the headers that a tar puts before a file, such as a long name.
        directory_bytes: Bytes of the list of files in a zip, or of what a program lists.
        name_characters: Characters of a name.
    """

    files: int = 200_000
    file_bytes: int = 64 << 20
    total_bytes: int = 16 << 30
    ratio: float = 50
    header_bytes: int = 1 << 20
    directory_bytes: int = 64 << 20
    name_characters: int = 4096
