"""The images and videos of a command line's inputs, and what their outputs are called."""

from __future__ import annotations

import os.path as osp
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from srm_mmseg.apis.sources import Source, file_source, files, has_suffix
from srm_mmseg.apis.video import VIDEO_SUFFIXES
from srm_mmseg.terminal import counted, printable


class Found(NamedTuple):
    """What the inputs hold.

    Attributes:
        images: The images.
        videos: Name and origin of the videos and webcams.
        others: Files that are neither.
        hidden: Hidden files and folders, which are left out.
        entered: Real paths of the folders that were listed, by input.
    """

    images: list[Source]
    videos: list[tuple[str, str | int]]
    others: list[str]
    hidden: list[str]
    entered: dict[str, set[str]]

    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not self.images and not self.videos

    def left_out(self) -> Iterator[str]:
        """Tell what is no input, a line a reason."""
        for paths, one, several in (
            (self.others, 'file that is no image', 'files that are no images'),
            (self.hidden, 'hidden file or folder', 'hidden files and folders'),
        ):
            if paths:
                number = counted(len(paths), one, several)
                yield f'left out {number}, such as {printable(paths[0])}'


def find(inputs: Sequence[str]) -> Found:
    """List what there is.

    Raises:
        ValueError: If a folder or a pattern has no image and no video.
    """
    images: dict[tuple[str, str], Source] = {}
    videos: dict[tuple[str, str], str | int] = {}
    others: list[str] = []
    hidden: list[str] = []
    entered: dict[str, set[str]] = {}
    for given in inputs:
        if given.isdecimal() and not osp.lexists(given):
            videos[f'webcam{given}', given] = int(given)
            continue
        found = False
        for name, path, is_hidden in files(given, entered.setdefault(given, set())):
            key = name, osp.abspath(path)
            if is_hidden:
                hidden.append(path)
                continue
            if path.lower().endswith(VIDEO_SUFFIXES):
                videos[key] = path
            elif path == given or has_suffix(path):
                images[key] = file_source(name, path)
            else:
                others.append(path)
                continue
            found = True
        if not found:
            raise ValueError(
                f'Expected an image or a video in {given!r}, but got none. Check the path, and the '
                'suffixes of the files in it: others, such as .heic, must be converted first. '
                'Hidden files are left out, unless they are given by name.'
            )
    named_images = zip(distinct_names([name for name, _ in images]), images.values())
    named_videos = zip(distinct_names([name for name, _ in videos]), videos.values())
    named = [one._replace(name=name) for name, one in named_images]
    return Found(named, list(named_videos), others, hidden, entered)


def distinct_names(paths: list[str]) -> list[str]:
    """Cut suffixes off where no two files are told apart by them alone.

    Raises:
        ValueError: If two files have the same name with their suffixes too.
    """
    stems = [osp.splitext(path)[0] for path in paths]
    counts = Counter(stems)
    names = [stem if counts[stem] == 1 else path for stem, path in zip(stems, paths)]
    name, count = max(Counter(names).items(), key=lambda item: item[1], default=('', 1))
    if count > 1:
        raise ValueError(
            f'Expected inputs of different names, but {count} outputs would be called {name!r}. Give '
            'the folder above the inputs (names keep sub-folders), or another --out for each.'
        )
    return names
