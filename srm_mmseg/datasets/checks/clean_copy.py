"""Write what is left of a data set without its faults."""

from __future__ import annotations

import os.path as osp
import shutil
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from srm_mmseg.datasets.checks.finding import Finding
from srm_mmseg.datasets.checks.folders import SetFolders
from srm_mmseg.datasets.checks.pair_check import Pair
from srm_mmseg.datasets.checks.set_check import SetReport
from srm_mmseg.datasets.stems import fits_a_line

LEAKS = ('leak', 'near_leak')
BOTH_GO = ('ambiguous_stem', 'conflicting_masks', 'same_mask')


def clean_targets(out: Path, sets: Sequence[SetFolders]) -> list[Path]:
    """Name a file or folder for each set; with several sets their names are added to ``out``'s.

    Raises:
        FileExistsError: If one of them exists.
        ValueError: If one of them is in a folder of images or masks.
    """
    targets = [out]
    if len(sets) > 1:
        targets = [out.with_name(f'{out.stem}-{found.name}{out.suffix}') for found in sets]
    for target in targets:
        refuse_in_source(target, sets)
        if target.exists():
            raise FileExistsError(
                f'Expected --fix to name a new file or folder, but {str(target)!r} exists. '
                'Name another, or remove it first.'
            )
    return targets


def refuse_in_source(target: Path, sets: Sequence[SetFolders]) -> None:
    """Raise a ValueError if a file or folder to be written is in a folder of images or masks."""
    for source in (Path(folder) for found in sets for folder in (found.images, found.masks)):
        if target.resolve().is_relative_to(source.resolve()):
            raise ValueError(
                f'Expected to write to a place outside the data set, but got {str(target)!r}, '
                f'which is in {str(source)!r}. Name another.'
            )


def clean_pairs(report: SetReport, findings: Sequence[Finding]) -> list[Pair]:
    """Leave out the pairs with a fault.

    Of duplicates one stays, and of the pictures in a training and a test set the test set's: its
    scores stay comparable. Where it is open which of two files is right, both go.

    Args:
        report: The data set.
        findings: Those of all sets that were checked together.
    """
    faulty: set[str] = set()
    for finding in findings:
        if not finding.is_fault:
            continue
        if finding.kind not in LEAKS:
            faulty.add(finding.file)
        elif report.folders.is_training:
            faulty.add(finding.other)
        if finding.kind in BOTH_GO:
            faulty.add(finding.other)
    pairs = [check.pair for check in report.checks]
    return [pair for pair in pairs if not faulty & {pair.image_path, pair.mask_path}]


def write_list(pairs: Sequence[Pair], suffixes: tuple[str, ...], path: Path) -> list[Pair]:
    """Write stems, one a line, as ``ann_file`` of ``SODDataset`` has them.

    Args:
        pairs: Those to list.
        suffixes: Suffixes of the set's images.
        path: The list.

    Returns:
        Those that are left out: a line cannot hold their stem, such as one that ends in a space.
    """
    listed: list[Pair] = []
    left_out: list[Pair] = []
    for pair in pairs:
        (listed if fits_a_line(pair.stem, suffixes) else left_out).append(pair)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(''.join(f'{pair.stem}\n' for pair in listed), 'utf-8')
    return left_out


def copy_pairs(pairs: Sequence[Pair], folders: SetFolders, target: Path) -> None:
    """Copy pairs to ``target/images`` and ``target/masks``, below them as in the source."""
    for pair in tqdm(pairs, desc=f'copying to {target}', unit='pair', dynamic_ncols=True):
        for source, folder, name in (
            (pair.image_path, folders.images, 'images'),
            (pair.mask_path, folders.masks, 'masks'),
        ):
            copy = target / name / osp.relpath(source, folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
