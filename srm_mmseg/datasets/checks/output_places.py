"""Places that a check of data sets may write to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from srm_mmseg.datasets.checks.folders import SetFolders


def make_report_folders(paths: Iterable[Path], sets: Sequence[SetFolders]) -> None:
    """Make the folders of reports, before the long work.

    Raises:
        IsADirectoryError: If a report's path is a folder.
        OSError: If a folder cannot be made.
        ValueError: If a report would be in a folder of images or masks.
    """
    for path in paths:
        refuse_in_source(path, sets)
        if path.is_dir():
            raise IsADirectoryError(f'Expected a file to write, but {str(path)!r} is a folder.')
        path.parent.mkdir(parents=True, exist_ok=True)


def refuse_in_source(target: Path, sets: Sequence[SetFolders]) -> None:
    """Raise a ValueError if a file or folder to be written is in a folder of images or masks."""
    for source in (Path(folder) for found in sets for folder in (found.images, found.masks)):
        if target.resolve().is_relative_to(source.resolve()):
            raise ValueError(
                f'Expected to write to a place outside the data set, but got {str(target)!r}, '
                f'which is in {str(source)!r}. Name another.'
            )
