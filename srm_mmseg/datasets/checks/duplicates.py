"""Find pictures and masks that occur twice, within a set or in training and test."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from srm_mmseg.datasets.checks.finding import Finding
from srm_mmseg.datasets.checks.near_duplicates import (
    Match,
    apply_view,
    describe_view,
    earlier_matches,
    matches_between,
)
from srm_mmseg.datasets.checks.pair_check import PairCheck

# Intersection over union of masks that agree; near duplicates may be cropped.
AGREEING_MASKS = {'duplicate_image': 0.9, 'near_duplicate': 0.6}


def duplicates_within(checks: Sequence[PairCheck]) -> list[Finding]:
    """Find, for each picture of a set, one before it that is the same, and shared masks."""
    checks = _with_picture(checks)
    matches = _exact_matches(checks)
    exact = {match.row for match in matches}
    matches += [match for match in earlier_matches(_thumbnails(checks)) if match.row not in exact]
    findings = []
    for match in sorted(matches):
        later, earlier = checks[match.row], checks[match.column]
        kind = 'duplicate_image' if match.row in exact else 'near_duplicate'
        findings.append(_finding(kind, later, earlier, match))
        agreement = _mask_agreement(later, earlier, match.view)
        if agreement is not None and agreement < AGREEING_MASKS[kind]:
            detail = (
                f'{later.pair.mask_path} and {earlier.pair.mask_path}: '
                f'intersection over union {agreement:.2f}'
            )
            files = later.pair.image_path, earlier.pair.image_path
            findings.append(Finding(files[0], 'conflicting_masks', detail, files[1]))
    copies = {match.row for match in matches}
    return findings + _same_masks([c for row, c in enumerate(checks) if row not in copies])


def leaks(training: Sequence[PairCheck], test: Sequence[PairCheck]) -> list[Finding]:
    """Find all pictures of a test set that are in a training set too."""
    training, test = _with_picture(training), _with_picture(test)
    matches = _exact_matches_between(test, training)
    exact = {(match.row, match.column) for match in matches}
    alike = matches_between(_thumbnails(test), _thumbnails(training))
    matches += [match for match in alike if (match.row, match.column) not in exact]
    findings = []
    for match in sorted(matches):
        kind = 'leak' if (match.row, match.column) in exact else 'near_leak'
        findings.append(_finding(kind, test[match.row], training[match.column], match))
    return findings


def _with_picture(checks: Sequence[PairCheck]) -> list[PairCheck]:
    """Leave out images that cannot be read or show nothing."""
    return [check for check in checks if check.image and not check.image.is_blank]


def _thumbnails(checks: Sequence[PairCheck]) -> np.ndarray:
    """Stack the images' thumbnails, N x S x S."""
    return np.array([check.image.thumbnail for check in checks if check.image])


def _digest(check: PairCheck) -> bytes:
    return check.image.digest if check.image else b''


def _exact_matches(checks: Sequence[PairCheck]) -> list[Match]:
    """Match each picture with the first that has the same pixels."""
    first: dict[bytes, int] = {}
    columns = [first.setdefault(_digest(check), row) for row, check in enumerate(checks)]
    return [Match(row, column, 1.0, 0) for row, column in enumerate(columns) if column < row]


def _exact_matches_between(first: Sequence[PairCheck], second: Sequence[PairCheck]) -> list[Match]:
    """Match pictures of two sets that have the same pixels, such as flat ones, which have no hash."""
    columns = defaultdict(list)
    for column, check in enumerate(second):
        columns[_digest(check)].append(column)
    return [
        Match(row, column, 1.0, 0)
        for row, check in enumerate(first)
        for column in columns[_digest(check)]
    ]


def _finding(kind: str, check: PairCheck, other: PairCheck, match: Match) -> Finding:
    """Say of which file a picture is a copy."""
    file, source = check.pair.image_path, other.pair.image_path
    if kind in ('duplicate_image', 'leak'):
        return Finding(file, kind, f'the same pixels as {source}', source)
    detail = f'similarity {match.similarity:.2f} to {source}{describe_view(match.view)}'
    return Finding(file, kind, detail, source)


def _mask_agreement(check: PairCheck, other: PairCheck, view: int) -> float | None:
    """Intersection over union of two pictures' masks, the second in the view that matches."""
    if not check.mask or not other.mask:
        return None
    first = check.mask.thumbnail.astype(int)
    second = apply_view(other.mask.thumbnail, view).astype(int)
    union = np.maximum(first, second).sum()
    return float(np.minimum(first, second).sum() / union) if union else 1.0


def _same_masks(checks: Sequence[PairCheck]) -> list[Finding]:
    """Find masks, not all black or white, that several pictures share."""
    findings = []
    first: dict[bytes, PairCheck] = {}
    for check in checks:
        if not check.mask or check.mask.share in (0, 1):
            continue
        other = first.setdefault(check.mask.digest, check).pair
        if other is not check.pair:
            detail = f'the same pixels as {other.mask_path}, whose image is another'
            findings.append(Finding(check.pair.mask_path, 'same_mask', detail, other.mask_path))
    return findings
