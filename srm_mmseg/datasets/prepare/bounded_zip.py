"""Open a zip archive; its list of files is measured before it is read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from srm_mmseg.datasets.prepare.limits import BadArchiveError, Limits

ENTRY = b'PK\1\2'  # begins each file in the list
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Others, in Python's reader, unpack a block of any size at once."""


class _Measured(io.FileIO):
    """A file of which no more is read at once than a list of files may have."""

    def __init__(self, path: Path, limits: Limits) -> None:
        super().__init__(path)
        self.limits = limits

    def read(self, size: int | None = -1) -> bytes:
        """Read at most ``size`` bytes, if they are within the limits."""
        there = self.seek(0, io.SEEK_CUR), self.seek(0, io.SEEK_END)
        self.seek(there[0])
        size = max(0, there[1] - there[0]) if size is None or size < 0 else size
        self._refuse(size, self.limits.directory_bytes, 'bytes')
        data = super().read(size) or b''
        self._refuse(data.count(ENTRY), self.limits.files, 'files')
        return data

    def _refuse(self, value: int, most: int, what: str) -> None:
        if value > most:
            raise BadArchiveError(
                f'Expected at most {most} {what} of {str(self.name)!r} in its list of files, but got '
                f'{value}. It may be an archive made to fill the disk or the memory. If it is the '
                'official one, unpack it by hand, and give the folder.'
            )


@contextmanager
def open_zip(path: Path, limits: Limits) -> Iterator[zipfile.ZipFile]:
    """Open a zip archive.

    Raises:
        zipfile.BadZipFile: If it is no zip archive, or damaged.
        BadArchiveError: If its list of files is over the limits, or a file is compressed in an
            unusual way.
    """
    with _Measured(path, limits) as file, zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            if info.compress_type not in METHODS:
                raise BadArchiveError(
                    f'Expected files that are stored or deflated, but {info.filename!r} of '
                    f'{str(path)!r} has compression {info.compress_type}. Unpack it by hand, and '
                    'give the folder.'
                )
        yield archive
