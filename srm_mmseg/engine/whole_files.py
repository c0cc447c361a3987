"""MMEngine's files, whole or not there, after a power loss too."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend

from srm_mmseg.whole_file import replacing


@register_backend('whole', force=True)
class WholeFilesBackend(LocalBackend):
    """MMEngine's storage on local disks, writing beside the old file, which it then replaces.

    What is a link becomes a file: what it pointed to stays as it was.
    """

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write a file.

        Raises:
            OSError: If it cannot be written; it names the file, whose old version is still there.
        """
        path = Path(filepath)
        part = path.with_name(f'{path.name}.part')  # the next run writes over what a kill has left
        try:
            with replacing(path, part), part.open('wb') as file:
                file.write(obj)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from error
        _sync_folder(path.parent)

    def put_text(self, obj: str, filepath: str | Path, encoding: str = 'utf-8') -> None:
        """Write a text file."""
        self.put(obj.encode(encoding), filepath)


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power loss, where the file system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
