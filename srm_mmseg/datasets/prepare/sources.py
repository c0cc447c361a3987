"""Read the files of an archive or a folder, one by one, and refuse what could do harm."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import shutil
import stat
import subprocess
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

CORRUPT = (
    zipfile.BadZipFile,
    tarfile.TarError,
    gzip.BadGzipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,  # zipfile's, of a compression that it does not know
)
SUFFIXES = ('.zip', '.rar', '.tar', '.tgz', '.gz', '.tbz2', '.bz2', '.txz', '.xz')


@dataclass(frozen=True)
class Limits:
    """What no standard data set comes near to: more is a bomb, or no data set.

    Attributes:
        files: Files in an archive.
        file_bytes: Bytes of a file, unpacked.
        total_bytes: Bytes of all files, unpacked.
        ratio: Bytes of all files unpacked to bytes of the archive; images hardly compress.
    """

    files: int = 200_000
    file_bytes: int = 64 << 20
    total_bytes: int = 16 << 30
    ratio: float = 50


@dataclass(frozen=True)
class Entry:
    """A file of a source.

    Attributes:
        name: Path in the source, below the source's own name; parts joined by '/'.
        size: Bytes, unpacked.
        is_link: Whether it is a link, a device or another thing that is no file.
        open: Opens it to read, until the next entry is asked for.
    """

    name: PurePosixPath
    size: int
    is_link: bool
    open: Callable[[], IO[bytes]]


def entries(source: Path, limits: Limits) -> Iterator[Entry]:
    """Yield the files of an archive (zip, tar, rar) or of a folder.

    Names begin with the source's: a folder's path, or an archive's name without its suffix, so that
    ``images.zip`` with bare files in it reads as ``images/``.

    Args:
        source: Archive or folder.
        limits: Against bombs; folders have none.

    Raises:
        FileNotFoundError: If there is no such source, or no program to unpack a rar archive.
        ValueError: If the source is no archive, is corrupt, encrypted, over the limits, or has a
            file that would land outside the folder that it is unpacked to.
    """
    if source.is_dir():
        yield from _folder(source)
        return
    if not source.is_file():
        raise FileNotFoundError(
            f'Expected an archive or a folder at {str(source)!r}, but there is none. '
            'Check the path.'
        )
    with named_if_corrupt(source):
        yield from _checked(source, _reader(source)(source), limits)


@contextmanager
def named_if_corrupt(source: Path) -> Iterator[None]:
    """Turn what the readers of archives raise into a ValueError that names the archive."""
    try:
        yield
    except CORRUPT as error:
        raise ValueError(
            f'Expected a complete archive, but got {str(source)!r}: {error}. Download it again, or '
            'unpack it by hand, and give the folder.'
        ) from error


def _reader(source: Path) -> Callable[[Path], Iterator[Entry]]:
    """Choose by content, and rar by name or content."""
    with source.open('rb') as file:
        is_rar = file.read(4) == b'Rar!'
    if is_rar or source.suffix.lower() == '.rar':
        return _rar
    if zipfile.is_zipfile(source):
        return _zip
    if tarfile.is_tarfile(source):
        return _tar
    raise ValueError(
        f'Expected a zip, tar or rar archive or a folder, but got {str(source)!r}. If it is one of '
        'these it is cut short: download it again. Unpack other archives by hand, and give the folder.'
    )


def _checked(source: Path, found: Iterator[Entry], limits: Limits) -> Iterator[Entry]:
    """Refuse names that lead out of the folder, and more data than the limits allow."""
    count, total, packed = 0, 0, source.stat().st_size
    base = source
    while base.suffix.lower() in SUFFIXES:
        base = base.with_suffix('')
    for entry in found:
        parts = entry.name.parts
        if entry.name.is_absolute() or '..' in parts or any(':' in part[:2] for part in parts):
            raise ValueError(
                f'Expected names below the folder that {str(source)!r} is unpacked to, but got '
                f'{str(entry.name)!r}, which leads out of it. This is not the official archive: '
                'delete it.'
            )
        count, total = count + 1, total + entry.size
        for what, value, most in (
            ('files', count, limits.files),
            ('bytes in a file', entry.size, limits.file_bytes),
            ('bytes unpacked', total, limits.total_bytes),
            ('bytes unpacked', total, max(limits.ratio * packed, limits.file_bytes)),
        ):
            if value > most:
                raise ValueError(
                    f'Expected at most {most:.0f} {what} of {str(source)!r} ({packed} bytes), but '
                    f'got {value} at {str(entry.name)!r}. It may be an archive made to fill the '
                    'disk. If it is the official one, unpack it by hand, and give the folder.'
                )
        yield Entry(PurePosixPath(base.name, entry.name), entry.size, entry.is_link, entry.open)


def _folder(source: Path) -> Iterator[Entry]:
    for folder, folders, names in os.walk(source.resolve()):
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            status = path.lstat()
            yield Entry(
                PurePosixPath(path),
                status.st_size,
                not stat.S_ISREG(status.st_mode),
                lambda path=path: path.open('rb'),  # type: ignore[misc]
            )


def _zip(source: Path) -> Iterator[Entry]:
    with zipfile.ZipFile(source) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            if info.flag_bits & 1:
                raise ValueError(
                    f'Expected an archive without a password, but {info.filename!r} of '
                    f'{str(source)!r} has one. Unpack it by hand, and give the folder.'
                )
            kind = stat.S_IFMT(info.external_attr >> 16)
            yield Entry(
                PurePosixPath(info.filename.replace('\\', '/')),
                info.file_size,
                kind not in (0, stat.S_IFREG),
                lambda info=info: archive.open(info),  # type: ignore[misc]
            )


def _tar(source: Path) -> Iterator[Entry]:
    with tarfile.open(source) as archive:
        yield from _members(archive)


def _members(archive: tarfile.TarFile) -> Iterator[Entry]:
    for info in archive:
        if info.isdir():
            continue
        yield Entry(
            PurePosixPath(info.name),
            info.size,
            not info.isreg(),
            lambda info=info: archive.extractfile(info),  # type: ignore
        )


def _rar(source: Path) -> Iterator[Entry]:
    """Read a rar archive as the tar stream that bsdtar makes of it, or file by file with unrar."""
    if shutil.which('bsdtar'):
        with _output('bsdtar', '-cf', '-', f'@{source.resolve()}') as stream:
            with tarfile.open(fileobj=stream, mode='r|') as archive:
                yield from _members(archive)
    elif shutil.which('unrar'):
        yield from _unrar(source)
    else:
        raise FileNotFoundError(
            f'Expected bsdtar or unrar to read {str(source)!r} with, but there is neither. Install '
            'one (bsdtar: apt install libarchive-tools), or unpack it by hand, and give the folder.'
        )


def _unrar(source: Path) -> Iterator[Entry]:
    """List with ``unrar lt`` (a block of ``Key: value`` lines a file), print with ``unrar p``."""
    path = str(source.resolve())
    with _output('unrar', 'lt', '-p-', path) as stream:
        blocks = stream.read().decode(errors='surrogateescape').split('\n\n')
    for block in blocks:
        pairs = (line.split(':', 1) for line in block.splitlines() if ':' in line)
        fields = {key.strip(): value.strip() for key, value in pairs}
        if 'Name' not in fields or fields.get('Type') == 'Directory':
            continue

        name, size = fields['Name'], int(fields.get('Size', 0))

        def open_file(name: str = name, size: int = size) -> IO[bytes]:
            with _output('unrar', 'p', '-inul', '-p-', path, name) as stream:
                return io.BytesIO(stream.read(size + 1))

        yield Entry(
            PurePosixPath(name.replace('\\', '/')),
            size,
            fields.get('Type') != 'File',
            open_file,
        )


@contextmanager
def _output(*command: str) -> Iterator[IO[bytes]]:
    """Run a program and read what it prints; its failure is a corrupt archive."""
    with tempfile.TemporaryFile() as errors:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as process:
            assert process.stdout
            try:
                yield process.stdout
                while process.stdout.read(1 << 20):
                    pass
                if process.wait():
                    errors.seek(0)
                    raise EOFError(f'{command[0]} failed: {errors.read().decode(errors="replace")}')
            finally:
                process.kill()
