"""Write what is left of a data set without its faults."""

from __future__ import annotations

import os.path as osp
import shutil
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from srm_mmseg.datasets.checks.finding import Finding
from srm_mmseg.datasets.checks.folders import SetFolders
from srm_mmseg.datasets.checks.output_places import refuse_in_source
from srm_mmseg.datasets.checks.pair_check import Pair
from srm_mmseg.datasets.checks.set_check import SetReport
from srm_mmseg.datasets.stems import fits_a_line
from srm_mmseg.terminal import counted, printable

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


def write_clean(
    reports: Sequence[SetReport], findings: Sequence[Finding], targets: Sequence[Path]
) -> list[str]:
    """Write a list, of a target ``NAME.txt``, or a copy for each set.

    Args:
        reports: The sets.
        findings: Those of all sets.
        targets: As of :func:`clean_targets`.

    Returns:
        What was written and what was left out, in lines.

    Raises:
        OSError: If a file cannot be written.
    """
    lines = []
    for report, target in zip(reports, targets):
        pairs, unlisted = clean_pairs(report, findings), []
        if target.suffix == '.txt':
            unlisted = write_list(pairs, report.folders.image_suffixes, target)
        else:
            copy_pairs(pairs, report.folders, target)
        written = len(pairs) - len(unlisted)
        lines.append(f'{written} of {counted(len(report.checks), "pair")}: {printable(target)}')
        lines += [
            f'left out, a line cannot hold the name {pair.stem!r}: rename it, or let --fix copy'
            for pair in unlisted
        ]
    return lines


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
