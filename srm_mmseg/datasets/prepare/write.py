"""Write a data set, go on where a run stopped, and check what is there."""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from tqdm import tqdm

from srm_mmseg.datasets.image_formats import read_header
from srm_mmseg.datasets.photograph import exif_orientation
from srm_mmseg.datasets.prepare.archives import Entry, Limits, entries, named_if_corrupt
from srm_mmseg.datasets.prepare.plan import Plan

UNFINISHED = 'unfinished.part'  # short: a file's own name may be as long as names can be
SIDEWAYS = (5, 6, 7, 8)  # EXIF orientations of images that a viewer turns by 90 degrees


def write(plan: Plan, sources: Iterable[Path], root: Path, limits: Limits = Limits()) -> int:
    """Write the files of a plan; those that are there already, byte for byte, stay as they are.

    A file has its name only when it is whole, so that a run that was stopped can be repeated.

    Args:
        plan: What to write.
        sources: Those that the plan is made of.
        root: Folder of the data set.
        limits: Against bombs.

    Returns:
        How many files were written.

    Raises:
        FileExistsError: If there are other files in the folders.
        ValueError: If a source is corrupt.
    """
    _refuse_others(plan, root)
    written = 0
    with tqdm(total=len(plan.targets), desc='writing', unit='file') as bar:
        for source in sources:
            for entry in entries(source, limits):
                place = plan.targets.get((source, entry.name))
                if place is None:
                    continue
                target = root / place
                with named_if_corrupt(source):
                    written += _write_file(entry, target)
                bar.update()
    return written


def _write_file(entry: Entry, target: Path) -> bool:
    """Write a file, unless it is there byte for byte; return whether it was not."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(UNFINISHED)
    try:
        with entry.open() as file, part.open('wb') as copy:
            shutil.copyfileobj(file, copy)
        size = part.stat().st_size
        if size != entry.size:
            raise EOFError(f'{entry.name} has {size} bytes instead of {entry.size}')
        if target.is_file() and filecmp.cmp(part, target, shallow=False):
            return False
        os.replace(part, target)
        return True
    finally:
        part.unlink(missing_ok=True)


def _refuse_others(plan: Plan, root: Path) -> None:
    """Refuse folders with files that are no part of the data set: they would count as such."""
    ours = {root / place for place in plan.targets.values()}
    for folder in {path.parent for path in ours}:
        others = sorted(
            path.name
            for path in (folder.iterdir() if folder.is_dir() else ())
            if path not in ours and path.suffix != '.part'
        )
        if others:
            raise FileExistsError(
                f'Expected {str(folder)!r} to be empty or to hold this data set, but got '
                f'{len(others)} other files: {", ".join(others[:5])}. Remove them, or name another '
                'folder with --out.'
            )


def unusable_pairs(plan: Plan, root: Path) -> dict[str, str]:
    """Find pairs that cannot be trained on, by the headers of their files.

    Args:
        plan: What was written.
        root: Folder of the data set.

    Returns:
        What is wrong, by stem: an unreadable file, or an image and a mask of different sizes.
    """
    faults = {}
    for stem, pair in tqdm(plan.pairs.items(), desc='checking', unit='pair'):
        try:
            image, mask = (_shown_size(root / place) for place in pair)
        except Exception as error:  # whatever a strange file makes Pillow raise
            faults[stem] = f'cannot be read: {error}'
            continue
        if image != mask:
            faults[stem] = 'image of {}x{}, mask of {}x{}'.format(*image, *mask)
    return faults


def _shown_size(path: Path) -> tuple[int, int]:
    """Read an image's width and height, turned upright by its EXIF orientation."""
    image = read_header(path)
    width, height = image.size
    return (height, width) if exif_orientation(image) in SIDEWAYS else (width, height)


def list_usable(plan: Plan, faults: dict[str, str], usable: Path) -> Path | None:
    """Write the list of the pairs without a fault; without any fault there is no list.

    Args:
        plan: What was written.
        faults: What is wrong with pairs, by stem.
        usable: The list.

    Returns:
        The list, if there is one.
    """
    if not faults:
        usable.unlink(missing_ok=True)  # of a run before the files were replaced
        return None
    listed = (stem for stem in plan.pairs if stem not in faults)
    usable.write_text(''.join(f'{stem}\n' for stem in listed), 'utf-8', 'surrogateescape')
    return usable
