"""Read a tar archive file by file; its headers are measured before they are read."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from srm_mmseg.datasets.prepare.limits import BadArchiveError, Limits

LONGEST_ROW = 64  # headers before a file, each of which may say that another follows
XZ_BYTES = 256 << 20  # memory to unpack xz; its strongest usual setting takes 65 MB
HEADER_TYPES = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)
COMPRESSIONS = {b'\x1f\x8b': gzip.open, b'BZh': bz2.open, b'\xfd7zXZ': lzma.open}


class _Header(tarfile.TarInfo):
    """A header that is refused before :mod:`tarfile` reads the whole of what it announces."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        """Check a header; its type and size are known, what follows is not read yet."""
        state = archive.srm_state  # type: ignore[attr-defined]
        if self.size < 0:
            raise tarfile.ReadError(f'a header with the size {self.size}')
        if self.type not in HEADER_TYPES:
            state.row = state.row_bytes = 0
            if self.type == tarfile.GNUTYPE_SPARSE:
                raise tarfile.ReadError('sparse files, which are not read here')
            return super()._proc_member(archive)  # type: ignore[misc]
        state.row += 1
        state.row_bytes += self.size
        state.kept_bytes += self.size if self.type == tarfile.XGLTYPE else 0
        most = max(state.row_bytes, state.kept_bytes)
        if most > state.limits.header_bytes or state.row > LONGEST_ROW:
            raise BadArchiveError(
                f'Expected at most {state.limits.header_bytes} bytes of headers before a file of '
                f'{state.name!r}, but got {most}, in {state.row} headers. It may be an archive made '
                'to fill the memory: delete it. If it is the official one, unpack it by hand, and '
                'give the folder.'
            )
        return super()._proc_member(archive)  # type: ignore[misc]

    def _refuse_sparse(self, *args: object) -> None:
        """Refuse sparse files, whose maps can be of any length."""
        raise tarfile.ReadError('sparse files, which are not read here')

    _proc_gnusparse_00 = _proc_gnusparse_01 = _proc_gnusparse_10 = _refuse_sparse


class _State:
    """What the headers of an archive have announced so far."""

    def __init__(self, name: str, limits: Limits) -> None:
        self.name, self.limits = name, limits
        self.row = self.row_bytes = self.kept_bytes = 0


class _BoundedTar(tarfile.TarFile):
    """A tar archive with the state that its headers are checked against."""

    def __init__(self, *args: object, srm_state: _State, **kwargs: object) -> None:
        self.srm_state = srm_state
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]


@contextmanager
def open_tar(name: str, file: IO[bytes], limits: Limits) -> Iterator[tarfile.TarFile]:
    """Open a tar archive that is not compressed (any more).

    Args:
        name: What it is called, for messages.
        file: Its bytes; of a pipe, members must be read in their order.
        limits: Against bombs.

    Raises:
        tarfile.TarError: If it is no tar archive.
        BadArchiveError: If a header is over the limits.
    """
    mode = 'r:' if file.seekable() else 'r|'
    state = _State(name, limits)
    with _BoundedTar.open(fileobj=file, mode=mode, tarinfo=_Header, srm_state=state) as archive:  # type: ignore[call-overload]
        yield archive


def members(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Yield the members of an archive; none of them is kept."""
    while (member := archive.next()) is not None:
        archive.members = []  # type: ignore[attr-defined]
        if member.size < 0:  # as a pax header may say
            raise tarfile.ReadError(f'a file with the size {member.size}')
        yield member


@contextmanager
def decompressed(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that may be compressed with gzip, bzip2 or xz.

    Raises:
        lzma.LZMAError: If unpacking it would take more than :data:`XZ_BYTES`.
    """
    with path.open('rb') as file:
        head = file.read(1 << 12)
    opener = next((one for magic, one in COMPRESSIONS.items() if head.startswith(magic)), None)
    if opener is lzma.open:
        lzma.LZMADecompressor(memlimit=XZ_BYTES).decompress(head, max_length=1)
    with opener(path) if opener else path.open('rb') as file:  # type: ignore[operator]
        yield file
