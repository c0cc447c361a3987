"""Check data sets, and training sets against test sets."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from tqdm import tqdm

from srm_mmseg.datasets.checks.duplicates import duplicates_within, leaks
from srm_mmseg.datasets.checks.finding import Finding
from srm_mmseg.datasets.checks.folders import SetFolders, pair_files
from srm_mmseg.datasets.checks.jpeg_damage import damaged_jpegs
from srm_mmseg.datasets.checks.pair_check import PairCheck, check_pair


class SetReport(NamedTuple):
    """What was found in a data set.

    Attributes:
        folders: Where it is.
        checks: A check for each complete pair, sorted by stem.
        findings: Faults and notes of its files, and of its pictures against each other.
    """

    folders: SetFolders
    checks: list[PairCheck]
    findings: list[Finding]


def check_sets(sets: Sequence[SetFolders], jobs: int = 1) -> tuple[list[SetReport], list[Finding]]:
    """Check data sets, and the training sets against the test sets.

    Args:
        sets: Where they are.
        jobs: Threads.

    Returns:
        A report for each set, and what was found in all, each finding once.
    """
    reports = [check_set(folders, jobs) for folders in sets]
    findings = [finding for report in reports for finding in report.findings]
    return reports, list(dict.fromkeys([*findings, *check_leaks(reports)]))


def check_set(folders: SetFolders, jobs: int = 1) -> SetReport:
    """Check a data set, with a progress bar.

    Args:
        folders: Where it is.
        jobs: Threads.
    """
    pairs, findings = pair_files(folders)
    pool = ThreadPoolExecutor(jobs)
    try:
        done = pool.map(
            lambda pair: check_pair(pair, folders.threshold, folders.empty_masks), pairs
        )
        checks = list(
            tqdm(done, desc=folders.name, total=len(pairs), unit='pair', dynamic_ncols=True)
        )
    finally:
        pool.shutdown(cancel_futures=True)
    findings += [finding for check in checks for finding in check.findings]
    images = [check.pair.image_path for check in checks if check.image]
    masks = [check.pair.mask_path for check in checks if check.mask]
    findings += damaged_jpegs(images + masks)
    return SetReport(folders, checks, findings + duplicates_within(checks))


def check_leaks(reports: Sequence[SetReport]) -> list[Finding]:
    """Find pictures of the test sets in the training sets."""
    training = [report for report in reports if report.folders.is_training]
    test = [report for report in reports if not report.folders.is_training]
    return [
        leak
        for tested in test
        for trained in training
        for leak in leaks(trained.checks, tested.checks)
    ]
