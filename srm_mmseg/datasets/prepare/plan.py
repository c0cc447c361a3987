"""Decide which files of an archive belong to a data set, where they go, and why others do not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from srm_mmseg.datasets.hidden_files import is_hidden, is_of_system
from srm_mmseg.datasets.prepare.archives import Entry, Limits, entries
from srm_mmseg.datasets.standard_sets import StandardSet


@dataclass
class Plan:
    """What to write.

    Attributes:
        targets: Where a file goes, below the data set's root, by source and name.
        pairs: Targets of image and mask, by stem.
        left_out: Why a file is left out, by its path.
    """

    targets: dict[tuple[Path, PurePosixPath], PurePosixPath] = field(default_factory=dict)
    pairs: dict[str, tuple[PurePosixPath, PurePosixPath]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def make_plan(
    layout: StandardSet,
    sources: Iterable[Path],
    images: str | None = None,
    masks: str | None = None,
    limits: Limits = Limits(),
) -> Plan:
    """Choose the pairs of a data set among the files of its archives or folders.

    Args:
        layout: The data set.
        sources: Archives or folders that together hold it.
        images: What the sources call the folder of the images, if not as the layout does.
        masks: The same of the masks.
        limits: Against bombs.

    Raises:
        FileNotFoundError: As :func:`~srm_mmseg.datasets.prepare.archives.entries`.
        ValueError: As there; if two files have the same place, or if there are more or fewer pairs
            than the layout says.
    """
    plan = Plan()
    folders = images or layout.images, masks or layout.masks
    found: dict[str, dict[str, tuple[Path, Entry, PurePosixPath]]] = {'image': {}, 'mask': {}}
    for source in sources:
        own_parts = len(source.resolve().parts) if source.is_dir() else 1
        for entry in entries(source, limits):
            kind, place = _place(layout, entry, folders, own_parts)
            if not isinstance(place, PurePosixPath):
                plan.left_out[str(source.parent / entry.name)] = place
                continue
            stem = _stem(place, layout, kind)
            if stem in found[kind]:
                raise ValueError(
                    f'Expected one {kind} named {stem!r}, but got {str(found[kind][stem][1].name)!r} '
                    f'and {str(entry.name)!r}. Give the sources of one copy of the data set.'
                )
            found[kind][stem] = source, entry, place
    for kind, other in (('image', 'mask'), ('mask', 'image')):
        for stem in found[kind].keys() - found[other].keys():
            source, entry, _ = found[kind][stem]
            plan.left_out[str(source.parent / entry.name)] = f'it has no {other}'
    for stem in sorted(found['image'].keys() & found['mask'].keys()):
        for source, entry, place in (found['image'][stem], found['mask'][stem]):
            plan.targets[source, entry.name] = place
        plan.pairs[stem] = found['image'][stem][2], found['mask'][stem][2]
    if len(plan.pairs) != layout.num_pairs:
        raise ValueError(_other_count(layout, plan, folders, *map(len, found.values())))
    return plan


def _place(
    layout: StandardSet, entry: Entry, folders: tuple[str, str], own_parts: int
) -> tuple[str, PurePosixPath | str]:
    """Tell image from mask, and where it goes; or why it is left out.

    The first ``own_parts`` parts of an entry's name are the source's own.
    """
    name, inner = entry.name.name, entry.name.parts[own_parts:]
    if name == '.DS_Store' or name.startswith('._') or any(map(is_of_system, inner)):
        return '', 'written by the operating system'
    if any(map(is_hidden, inner)):
        return '', 'hidden'
    if name in layout.faults:
        return '', layout.faults[name]
    if not fnmatchcase(name, layout.names):
        return '', f'not {layout.names}'
    reason = f'not in {folders[0]}/ or {folders[1]}/'
    for kind, folder, place, suffix in (
        ('image', folders[0], layout.images, layout.image_suffix),
        ('mask', folders[1], layout.masks, layout.mask_suffix),
    ):
        below = _moved(entry.name, folder, place)
        if below is None:
            continue
        if not name.lower().endswith(suffix):
            reason = f'not a {suffix} file, as the {kind}s are'
        elif entry.is_link:
            reason = 'a link, not a file'
        else:
            return kind, below
    return '', reason


def _moved(name: PurePosixPath, folder: str, place: str) -> PurePosixPath | None:
    """Move a file from ``folder`` to ``place``, where ``*`` is the same; None if it is not there."""
    patterns = PurePosixPath(folder).parts
    parts = name.parts[-len(patterns) - 1 : -1]
    if len(parts) < len(patterns) or not all(map(fnmatchcase, parts, patterns)):
        return None
    any_folder = (part for part, pattern in zip(parts, patterns) if pattern == '*')
    moved = (next(any_folder, part) if part == '*' else part for part in PurePosixPath(place).parts)
    return PurePosixPath(*moved, name.name)


def _stem(place: PurePosixPath, layout: StandardSet, kind: str) -> str:
    """Name a pair: by the file, and the folder where that may be any."""
    folder = layout.images if kind == 'image' else layout.masks
    return str(place.with_suffix('')) if '*' in folder else place.stem


def _other_count(
    layout: StandardSet, plan: Plan, folders: tuple[str, str], images: int, masks: int
) -> str:
    """Say what was expected, what is there, and what was left out."""
    named = [f'\n  {name}: {reason}' for name, reason in sorted(plan.left_out.items())[:10]]
    return (
        f'Expected {layout.num_pairs} pairs, {folders[0]}/*{layout.image_suffix} and '
        f'{folders[1]}/*{layout.mask_suffix}, but got {len(plan.pairs)}: {images} images, {masks} '
        f'masks, and {len(plan.left_out)} other or unpaired files{":" if named else ""}'
        f'{"".join(named)}\nGive all archives of the data set, whole (a download may be cut short), '
        'or its folder. Folders of other names: --images and --masks. A part of the set: '
        f'--num-pairs. The set is offered on {layout.source}.'
    )
