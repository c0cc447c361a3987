"""Pair the files of two folders as ``SODDataset`` does, and find what it would refuse or skip."""

from __future__ import annotations

import os
import os.path as osp
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from srm_mmseg.datasets.checks.finding import Finding
from srm_mmseg.datasets.checks.pair_check import Pair
from srm_mmseg.datasets.hidden_files import is_hidden
from srm_mmseg.datasets.saliency_mask import THRESHOLD
from srm_mmseg.datasets.stems import is_of_set, read_stems, without_suffix


class SetFolders(NamedTuple):
    """Where a data set is.

    Attributes:
        name: What reports call it.
        is_training: Whether it is trained on, or tested on.
        images: Folder of images.
        masks: Folder of masks.
        image_suffixes: Suffixes of images, in any case.
        mask_suffixes: Suffixes of masks, in any case.
        ann_file: List of stems, or ''.
        threshold: Foreground of a mask is > threshold, of 255.
        num_pairs: How many pairs there should be if there is no list; None takes any number.
        empty_masks: Whether black masks are part of the set.
    """

    name: str
    is_training: bool
    images: str
    masks: str
    image_suffixes: tuple[str, ...] = ('.jpg', '.jpeg', '.png')
    mask_suffixes: tuple[str, ...] = ('.png',)
    ann_file: str = ''
    threshold: int = THRESHOLD
    num_pairs: int | None = None
    empty_masks: bool = False


def set_of_folders(
    images: str,
    masks: str,
    image_suffixes: Sequence[str],
    mask_suffixes: Sequence[str],
    ann_file: str = '',
    empty_masks: bool = False,
) -> SetFolders:
    """Describe a set that is named by its folders, after the one that holds its images' folder.

    Where images and masks lie in one folder, a suffix of masks is none of images.
    """
    name = Path(images).resolve().parent.name or 'data'
    if Path(images).resolve() == Path(masks).resolve():
        of_masks = [suffix.lower() for suffix in mask_suffixes]
        image_suffixes = [one for one in image_suffixes if one.lower() not in of_masks]
    suffixes = tuple(image_suffixes), tuple(mask_suffixes)
    return SetFolders(
        name, False, images, masks, *suffixes, ann_file=ann_file, empty_masks=empty_masks
    )


def pair_files(folders: SetFolders) -> tuple[list[Pair], list[Finding]]:
    """Pair images and masks by stem.

    Returns:
        The complete pairs, sorted by stem, and what is wrong with the others and with the number.
    """
    listed, list_findings = _listed(folders)
    images, findings = _by_stem(folders.images, folders.image_suffixes, listed)
    masks, mask_findings = _by_stem(folders.masks, folders.mask_suffixes, listed)
    strays = _stray_files(folders)
    findings += mask_findings + strays + list_findings
    stems = sorted(images.keys() | masks.keys())
    for stem in sorted((listed or set()).difference(stems)):
        detail = f'lists {stem!r}: no image, no mask'
        findings.append(Finding(folders.ann_file, 'listed_missing', detail))
    findings += _unpaired(folders, stems, images, masks, strays)
    complete = [stem for stem in stems if stem in images and stem in masks]
    findings += _count(folders, len(complete))
    return [Pair(stem, images[stem], masks[stem]) for stem in complete], findings


def _names(folder: str, suffixes: tuple[str, ...]) -> Iterator[str]:
    """Yield the files below a folder, and the folders that are not entered.

    Those are hidden, named like a file, or links back to a folder above.
    """
    for root, subfolders, files in os.walk(folder, followlinks=True):
        below = osp.relpath(root, folder)
        entered = [
            name
            for name in sorted(subfolders)
            if not is_hidden(name)
            and not is_of_set(name, suffixes)
            and not _leads_back(osp.join(root, name), folder)
        ]
        for name in files + sorted(set(subfolders) - set(entered)):
            yield osp.normpath(osp.join(below, name))
        subfolders[:] = entered


def _leads_back(path: str, folder: str) -> bool:
    """Whether a path below a folder is a link to a folder that it was reached through."""
    if not (osp.islink(path) and osp.isdir(path)):
        return False
    target = Path(path).resolve()
    walked = (above for above in Path(path).parents if above.is_relative_to(folder))
    return any(above.resolve().is_relative_to(target) for above in walked)


def _by_stem(
    folder: str, suffixes: tuple[str, ...], listed: Collection[str] | None
) -> tuple[dict[str, str], list[Finding]]:
    """Map stems, those that are listed if there is a list, to files, the first of each stem."""
    files: dict[str, str] = {}
    findings = []
    names = [name for name in sorted(_names(folder, suffixes)) if is_of_set(name, suffixes)]
    for name in names:
        stem, path = without_suffix(name, suffixes), osp.join(folder, name)
        if listed is not None and stem not in listed:
            continue
        if stem in files:
            detail = f'the stem {stem!r} is also that of {files[stem]}'
            findings.append(Finding(path, 'ambiguous_stem', detail, files[stem]))
        else:
            files[stem] = path
    if not names:
        what = f'no file with suffix {" or ".join(suffixes)}' if osp.isdir(folder) else 'no folder'
        findings.append(Finding(folder, 'no_files', what))
    spellings = defaultdict(list)
    for stem in files:
        spellings[_spelled_alike(stem)].append(stem)
    for first, *others in spellings.values():
        for stem in others:
            detail = f'differs from {files[first]} in case only'
            findings.append(Finding(files[stem], 'case_clash', detail, files[first]))
    return files, findings


def _spelled_alike(stem: str) -> str:
    """Map stems that look alike to one: case, outer spaces and composed letters are left out."""
    return unicodedata.normalize('NFC', stem).casefold().strip()


def _stray_files(folders: SetFolders) -> list[Finding]:
    """Name what is neither an image nor a mask of the set."""
    suffixes_of: dict[str, tuple[str, ...]] = defaultdict(tuple)
    suffixes_of[osp.normpath(folders.images)] += folders.image_suffixes
    suffixes_of[osp.normpath(folders.masks)] += folders.mask_suffixes
    return [
        _stray(osp.join(folder, name), folder, suffixes)
        for folder, suffixes in suffixes_of.items()
        for name in sorted(_names(folder, suffixes))
        if not is_of_set(name, suffixes)
    ]


def _stray(path: str, folder: str, suffixes: tuple[str, ...]) -> Finding:
    if not is_hidden(osp.basename(path)) and _leads_back(path, folder):
        return Finding(path, 'link_loop', f'leads back to {osp.realpath(path)}')
    return Finding(path, 'stray_file', f'not {", ".join(suffixes)}, or hidden')


def _listed(folders: SetFolders) -> tuple[set[str] | None, list[Finding]]:
    """Read the stems of ``ann_file``; None if there is no list."""
    path = folders.ann_file
    if not path:
        return None, []
    try:
        counts = Counter(read_stems(path, folders.image_suffixes))
    except (OSError, ValueError) as error:
        return set(), [Finding(path, 'no_list', str(error))]
    findings = [] if counts else [Finding(path, 'no_list', 'is empty')]
    findings += [
        Finding(path, 'listed_twice', f'lists {stem!r} {count} times')
        for stem, count in counts.items()
        if count > 1
    ]
    return set(counts), findings


def _unpaired(
    folders: SetFolders,
    stems: list[str],
    images: dict[str, str],
    masks: dict[str, str],
    strays: list[Finding],
) -> list[Finding]:
    """Find images without a mask and masks without an image."""
    beside = {osp.splitext(stray.file)[0]: stray.file for stray in strays}

    def missing(folder: str, stem: str, suffixes: tuple[str, ...]) -> str:
        path = osp.join(folder, stem)
        hint = f'; {beside[path]} has another suffix' if path in beside else ''
        return f'{path}{"|".join(suffixes)} is missing{hint}'

    without_image = {_spelled_alike(stem): stem for stem in stems if stem not in images}
    renamed = set()
    findings = []
    for stem in (stem for stem in stems if stem not in masks):
        other = without_image.get(_spelled_alike(stem))
        if other:
            renamed.add(other)
            detail = f'its mask is spelled differently: {masks[other]}'
            findings.append(Finding(images[stem], 'name_mismatch', detail, masks[other]))
        else:
            detail = missing(folders.masks, stem, folders.mask_suffixes)
            findings.append(Finding(images[stem], 'missing_mask', detail))
    for stem in stems:
        if stem not in images and stem not in renamed:
            detail = missing(folders.images, stem, folders.image_suffixes)
            findings.append(Finding(masks[stem], 'missing_image', detail))
    return findings


def _count(folders: SetFolders, pairs: int) -> list[Finding]:
    """Compare the number of complete pairs with that of the config."""
    if folders.ann_file or folders.num_pairs in (None, pairs):
        return []
    detail = f'{pairs} complete pairs with {folders.masks}, but num_pairs is {folders.num_pairs}'
    return [Finding(folders.images, 'wrong_count', detail)]
