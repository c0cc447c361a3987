"""Read the files of an archive or a folder, one by one, and refuse what could do harm."""

from __future__ import annotations

import errno
import io
import os
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from srm_mmseg.datasets.prepare.bounded_tar import decompressed, members, open_tar
from srm_mmseg.datasets.prepare.bounded_zip import open_zip
from srm_mmseg.datasets.prepare.limits import BadArchiveError, Limits
from srm_mmseg.datasets.prepare.unpacking_program import printed

SUFFIXES = ('.zip', '.rar', '.tar', '.tgz', '.gz', '.tbz2', '.bz2', '.txz', '.xz')


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
        yield from _checked(source, _reader(source)(source, limits), limits)


@contextmanager
def named_if_corrupt(source: Path) -> Iterator[None]:
    """Turn what the readers of archives raise into a ValueError that names the archive."""
    try:
        yield
    except (BadArchiveError, FileNotFoundError):
        raise
    except Exception as error:  # the readers raise what they stumble over
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL, errno.EOVERFLOW):
            raise  # of the file system: not bzip2's, nor of a place that no file has
        raise BadArchiveError(
            f'Expected a complete archive, but got {str(source)!r}: {error or type(error).__name__}. '
            'Download it again, or unpack it by hand, and give the folder.'
        ) from error


def _reader(source: Path) -> Callable[[Path, Limits], Iterator[Entry]]:
    """Choose by content, and rar by name or content."""
    with source.open('rb') as file:
        is_rar = file.read(4) == b'Rar!'
    if is_rar or source.suffix.lower() == '.rar':
        return _rar
    return _zip if zipfile.is_zipfile(source) else _tar


def _checked(source: Path, found: Iterator[Entry], limits: Limits) -> Iterator[Entry]:
    """Refuse names that lead out of the folder, and more data than the limits allow."""
    count, total, packed = 0, 0, source.stat().st_size
    base = source
    while base.suffix.lower() in SUFFIXES:
        base = base.with_suffix('')
    for entry in found:
        parts = entry.name.parts
        length = len(str(entry.name))
        if length > limits.name_characters:
            raise BadArchiveError(
                f'Expected names of at most {limits.name_characters} characters in {str(source)!r}, '
                f'but got one of {length}. This is not the official archive: delete it.'
            )
        if entry.name.is_absolute() or '..' in parts or any(':' in part[:2] for part in parts):
            raise BadArchiveError(
                f'Expected names below the folder that {str(source)!r} is unpacked to, but got '
                f'{str(entry.name)!r}, which leads out of it. This is not the official archive: '
                'delete it.'
            )
        count, total = count + 1, total + entry.size + length
        for what, value, most in (
            ('files', count, limits.files),
            ('bytes in a file', entry.size, limits.file_bytes),
            ('bytes unpacked', total, limits.total_bytes),
            ('bytes unpacked', total, max(limits.ratio * packed, limits.file_bytes)),
        ):
            if value > most:
                raise BadArchiveError(
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


def _zip(source: Path, limits: Limits) -> Iterator[Entry]:
    with open_zip(source, limits) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            if info.flag_bits & 1:
                raise BadArchiveError(
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


def _tar(source: Path, limits: Limits) -> Iterator[Entry]:
    with decompressed(source) as file:
        try:
            with open_tar(str(source), file, limits) as archive:
                yield from _members(archive)
        except tarfile.ReadError as error:
            raise BadArchiveError(
                f'Expected a zip, tar or rar archive or a folder, but got {str(source)!r}, where '
                f'there is {error}. If it is one of these it is damaged or cut short: download it '
                'again. Unpack other archives by hand, and give the folder.'
            ) from error


def _members(archive: tarfile.TarFile) -> Iterator[Entry]:
    for info in members(archive):
        if info.isdir():
            continue
        yield Entry(
            PurePosixPath(info.name),
            info.size,
            not info.isreg(),
            lambda info=info: archive.extractfile(info),  # type: ignore
        )


def _rar(source: Path, limits: Limits) -> Iterator[Entry]:
    """Read a rar archive as the tar stream that bsdtar makes of it, or file by file with unrar."""
    if shutil.which('bsdtar'):
        with printed('bsdtar', '-cf', '-', f'@{source.resolve()}') as stream:
            with open_tar(str(source), stream, limits) as archive:
                yield from _members(archive)
    elif shutil.which('unrar'):
        yield from _unrar(source, limits)
    else:
        raise FileNotFoundError(
            f'Expected bsdtar or unrar to read {str(source)!r} with, but there is neither. Install '
            'one (bsdtar: apt install libarchive-tools), or unpack it by hand, and give the folder.'
        )


def _unrar(source: Path, limits: Limits) -> Iterator[Entry]:
    """List with ``unrar lt`` (a block of ``Key: value`` lines a file), print with ``unrar p``."""
    path = str(source.resolve())
    with printed('unrar', 'lt', '-p-', path) as stream:
        listed = stream.read(limits.directory_bytes)
    blocks = listed.decode(errors='surrogateescape').split('\n\n')
    for block in blocks:
        pairs = (line.split(':', 1) for line in block.splitlines() if ':' in line)
        fields = {key.strip(): value.strip() for key, value in pairs}
        if 'Name' not in fields or fields.get('Type') == 'Directory':
            continue

        name, size = fields['Name'], int(fields.get('Size', 0))

        def open_file(name: str = name, size: int = size) -> IO[bytes]:
            with printed('unrar', 'p', '-inul', '-p-', path, name) as stream:
                return io.BytesIO(stream.read(min(size, limits.file_bytes)))

        yield Entry(
            PurePosixPath(name.replace('\\', '/')),
            size,
            fields.get('Type') != 'File',
            open_file,
        )
