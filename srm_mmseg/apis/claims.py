"""What a run is to draw: of the inputs that were found, those that no run before it has drawn."""

from __future__ import annotations

import glob
import os.path as osp
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from srm_mmseg.apis.inferencer import Saliency
from srm_mmseg.apis.inputs import Found
from srm_mmseg.apis.output_folder import OutputFolder, picture_path
from srm_mmseg.apis.overlap import (
    refuse_in_folders,
    refuse_in_pattern,
    refuse_pictures_as_inputs,
)
from srm_mmseg.apis.shard import Shard
from srm_mmseg.apis.sources import Source

PICTURES: dict[str, Callable[[Saliency], np.ndarray]] = {
    'map': Saliency.levels,
    'overlay': Saliency.overlay,
    'cutout': Saliency.cutout,
    'stages': Saliency.strip,
}
"""What is drawn of an image, by kind: a folder of the output each."""

OF_VIDEOS = ('map', 'overlay')


class Claim(NamedTuple):
    """An output folder that is this run's to write to.

    Attributes:
        folder: The folder.
        images: The images to draw.
        videos: Name and origin of the videos to draw.
        skipped: Inputs whose pictures are there.
    """

    folder: OutputFolder
    images: list[Source]
    videos: list[tuple[str, str | int]]
    skipped: int


def picture_names(found: Found) -> dict[str, str | int]:
    """Tell what pictures are of, by the names of their files."""
    names: dict[str, str | int] = {image_name(one): one.origin for one in found.images}
    return names | {video_name(name): origin for name, origin in found.videos}


def image_name(source: Source) -> str:
    """Name the file of an image's pictures."""
    return f'{source.name}.png'


def video_name(name: str) -> str:
    """Name the file of a video's pictures."""
    return f'{name}.mp4'


def refuse(found: Found, out: Path, kinds: Sequence[str]) -> None:
    """Refuse what cannot be drawn, before a model is opened.

    Args:
        found: The inputs.
        out: The output folder.
        kinds: Of :data:`PICTURES`.

    Raises:
        ValueError: If a kind is not for videos, an input is an output, or the next run would take an
            output for an input.
    """
    not_of_videos = set(kinds) - set(OF_VIDEOS)
    if found.videos and not_of_videos:
        raise ValueError(
            f'Expected --save of {" and ".join(OF_VIDEOS)} for videos, but got '
            f'{", ".join(sorted(not_of_videos))} with {found.videos[0][1]!r}. Run photographs and '
            'videos one after the other.'
        )
    names = picture_names(found)
    pictures = [picture_path(out, kind, name) for kind in kinds for name in names]
    files = [origin for origin in names.values() if isinstance(origin, str)]
    folders = {*PICTURES, *(picture.parent.relative_to(out) for picture in pictures)}
    refuse_pictures_as_inputs(out, map(str, folders), files)
    for given, entered in found.entered.items():
        refuse_in_folders(out, PICTURES, given, entered)
        if not osp.lexists(given) and glob.has_magic(given):
            refuse_in_pattern(out, pictures, given)


def claim(
    found: Found,
    out: Path,
    kinds: Sequence[str],
    model: Mapping[str, Any],
    overwrite: bool = False,
    shard: Shard = Shard(),
) -> Claim:
    """Claim an output folder, and go on where an earlier run was stopped.

    Args:
        found: The inputs, as :func:`refuse` lets them pass.
        out: The output folder.
        kinds: Of :data:`PICTURES`.
        model: What tells the model from others.
        overwrite: Draw what is there as well, and take over from another model.
        shard: Draw and claim this part of the inputs alone.

    Raises:
        OutputError: If the folder cannot be written to.
        ValueError: If there are pictures of another model or file, or the disk takes two names for
            one.
    """
    folder = OutputFolder(out, kinds, tuple(PICTURES), model)
    part = shard.of(found)
    todo = set(folder.claim(picture_names(part), overwrite, others=picture_names(found)))
    images = [one for one in part.images if image_name(one) in todo]
    videos = [one for one in part.videos if video_name(one[0]) in todo]
    skipped = len(part.images) + len(part.videos) - len(todo)
    return Claim(folder, images, videos, skipped)
