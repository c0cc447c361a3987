"""What maps are computed of: files, folders, patterns, arrays and PIL images, as arrays."""

from __future__ import annotations

import glob
import os
import os.path as osp
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from srm_mmseg.datasets.hidden_files import is_hidden, is_of_system
from srm_mmseg.datasets.image_memory import RefusedImageError, refuse_large_file
from srm_mmseg.datasets.photograph import decode, upright, visible

IMAGE_SUFFIXES = (
    *('.jpg', '.jpeg', '.jpe', '.jfif', '.png', '.apng', '.webp', '.gif', '.bmp'),
    *('.tif', '.tiff', '.ppm', '.pgm', '.jp2', '.avif'),
)


class Source(NamedTuple):
    """An image that can be read.

    Attributes:
        name: What its outputs are called: a file's path below its folder, without the suffix; the
            index of another input among the inputs.
        origin: What it is, for people: a file's path.
        read: Reads it: RGB, H x W x 3, or RGBA, H x W x 4, uint8. Raises OSError or ValueError.
    """

    name: str
    origin: str
    read: Callable[[], np.ndarray]

    def __repr__(self) -> str:
        """Name the image; what reads it may hold all of its pixels."""
        return f'Source({self.name!r}, {self.origin!r})'


def has_suffix(path: str, suffixes: tuple[str, ...] = IMAGE_SUFFIXES) -> bool:
    """Tell whether a file's name ends in one of the suffixes, in any case."""
    return path.lower().endswith(suffixes)


def sources(inputs: Any) -> Iterator[Source]:
    """List what there is to read; reads no image yet.

    Args:
        inputs: A path, folder, pattern such as ``photos/**/*.jpg``, array, PIL image or
            :class:`Source`, or an iterable of them, which is drawn from one by one. Of a folder and
            a pattern, only names with a suffix of an image count, and no hidden ones. Arrays are as
            for :func:`pixels_of_array`. Arrays and PIL images are copied as they are drawn: what gives
            them may fill the same one anew.

    Yields:
        Sources in order; a folder's are sorted.
    """
    if isinstance(inputs, str | os.PathLike | np.ndarray | Image.Image | Source):
        inputs = [inputs]
    for index, one in enumerate(inputs):
        if isinstance(one, Source):
            yield one
        elif isinstance(one, str | os.PathLike):
            yield from file_sources(os.fspath(one))
        elif isinstance(one, np.ndarray):
            yield Source(str(index), f'array {index}', partial(pixels_of_array, np.array(one)))
        elif isinstance(one, Image.Image):
            yield pil_source(index, one)
        else:
            raise TypeError(
                f'Expected paths, arrays or PIL images, but got a {type(one).__name__} as input '
                f'{index}.'
            )


def file_sources(path: str) -> Iterator[Source]:
    """List the images of a path, folder or pattern; if there are none, a source that says so."""
    found = False
    for one in files(path):
        if one.path == path or (has_suffix(one.path) and not one.is_hidden):
            found = True
            yield file_source(one.name, one.path)
    if not found:
        yield Source(osp.basename(osp.normpath(path)), path, partial(_refuse_empty, path))


def file_source(name: str, path: str) -> Source:
    """Make a source of an image file; its name is without the suffix."""
    return Source(osp.splitext(name)[0], path, _UnchangedFile(path))


class _UnchangedFile:
    """Reads an image file; again only as long as it is the one that was read first."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._first: tuple[int, int] | None = None

    def __call__(self) -> np.ndarray:
        """Read it: RGB, H x W x 3, uint8; raises what :func:`pixels_of_file` does, or ValueError."""
        if osp.exists(self.path):
            status = os.stat(self.path)
            now = status.st_mtime_ns, status.st_size
            if self._first not in (None, now):
                raise ValueError(
                    f'Expected {self.path} to stay as it was, but it was replaced or edited since '
                    'its map was computed. Run again.'
                )
            self._first = now
        return pixels_of_file(self.path)


def pil_source(index: int, image: Image.Image) -> Source:
    """Make a source of a PIL image as it is now."""
    try:
        read = partial(upright, image.copy())
    except Exception as error:  # an image that is opened only now decodes here
        read = partial(_refuse_image, index, str(error))
    return Source(str(index), f'PIL image {index}', read)


class File(NamedTuple):
    """A file that was listed.

    Attributes:
        name: Path below the folder that was given; of a pattern, below its part without wildcards,
            and without the ``..`` that would lead above it.
        path: Its path.
        is_hidden: Whether it is hidden (:func:`~srm_mmseg.datasets.hidden_files.is_hidden`), and
            was not asked for by name.
    """

    name: str
    path: str
    is_hidden: bool = False


def files(path: str, entered: set[str] | None = None) -> Iterator[File]:
    """List the files of a path, folder or pattern, whatever their suffixes.

    A folder whose name has an image's suffix is listed as if it were a file, so that it is not
    skipped in silence, and so is a hidden one, which is not entered. Links to folders are followed,
    each folder once.

    Args:
        path: A file, which need not exist; a folder, of which all files are listed, sorted; or a
            pattern of :func:`glob.glob`, with ``**`` for any folders.
        entered: Gets the real paths of the folders that are listed, but for those that ``**`` finds,
            and what links to nothing lead to: it may be a folder later.

    Yields:
        The files.
    """
    entered = set() if entered is None else entered
    if osp.isdir(path):
        yield from _files_below(path, '', entered)
    elif osp.lexists(path) or not glob.has_magic(path):
        yield File(osp.basename(path), path)
    else:
        root = osp.dirname(path[: path.index(next(c for c in path if c in '*?['))])
        asked_for = path.split('/')
        for match in sorted(glob.glob(path, recursive=True)):
            parts = osp.relpath(match, root or '.').split('/')
            name = '/'.join(part for part in parts if part != '..')  # outputs stay in their folder
            # A pattern finds names that begin with a dot only where it asks for them.
            is_hidden = any(
                is_of_system(part) and part not in asked_for for part in name.split('/')
            )
            if is_hidden or not osp.isdir(match) or has_suffix(match):
                yield File(name, match, is_hidden)
            elif '**' not in path:  # which finds what is in the folders itself
                below: set[str] = set()
                yield from _files_below(match, name, below)
                entered |= below


def _files_below(folder: str, name: str, entered: set[str]) -> Iterator[File]:
    """List a folder's files and its subfolders', sorted."""
    real = osp.realpath(folder)
    if real in entered:
        return
    entered.add(real)
    for entry in sorted(os.listdir(folder)):
        below, path = osp.join(name, entry), osp.join(folder, entry)
        if not is_hidden(entry) and osp.isdir(path) and not has_suffix(entry):
            yield from _files_below(path, below, entered)
        else:
            if osp.islink(path) and not osp.exists(path):
                entered.add(osp.realpath(path))
            yield File(below, path, is_hidden(entry))


def _refuse_image(index: int, reason: str) -> np.ndarray:
    """Say that a PIL image cannot be decoded."""
    raise ValueError(
        f'Expected a complete PIL image as input {index}, but it cannot be decoded: {reason}'
    )


def _refuse_empty(path: str) -> np.ndarray:
    """Say that there is no image."""
    raise FileNotFoundError(
        f'Expected images in {path!r}, but there are none. Check the path; images end in '
        f'{", ".join(IMAGE_SUFFIXES)}.'
    )


def pixels_of_file(path: str) -> np.ndarray:
    """Read an image file as a viewer shows it.

    Args:
        path: File path.

    Returns:
        RGB, H x W x 3, or RGBA, H x W x 4, if a pixel is not opaque; uint8, upright.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no file, or no image that can be read whole.
    """
    if osp.islink(path) and not osp.exists(path):
        raise FileNotFoundError(
            f'Expected an image, but {path!r} is a link to {os.readlink(path)!r}, which is not '
            'there. Restore the file, or remove the link.'
        )
    if not osp.exists(path):
        raise FileNotFoundError(
            f'Expected an image at {path!r}, but there is no such file. Check the path.'
        )
    if not osp.isfile(path):
        what = 'a folder' if osp.isdir(path) else 'no regular file'
        raise ValueError(
            f'Expected an image, but {path!r} is {what}. Rename it, or give what is in it.'
        )
    try:
        refuse_large_file(path)
        with open(path, 'rb') as file:
            data = file.read()
        return upright(decode(data))
    except RefusedImageError as error:
        raise ValueError(f'Expected an image that may be read, but {path!r} {error}.') from error
    except ValueError as error:
        raise ValueError(
            f'Expected a complete image, but got {path!r}, which {error}. Copy or download it '
            'again, or remove it.'
        ) from error


def pixels_of_array(array: np.ndarray) -> np.ndarray:
    """Take an array for an image.

    Args:
        array: uint8, 0 to 255: grey, H x W or H x W x 1; RGB, H x W x 3; or RGBA, H x W x 4.
            OpenCV's arrays are BGR: reverse them, ``array[..., ::-1]``.

    Returns:
        RGB, H x W x 3, or RGBA, H x W x 4, if a pixel is not opaque; uint8.

    Raises:
        ValueError: If the shape or the type is another, or there is no pixel.
    """
    has_channels = array.ndim == 3 and array.shape[2] in (1, 3, 4)
    if not (array.ndim == 2 or has_channels) or array.dtype != np.uint8 or not array.size:
        raise ValueError(
            'Expected an image of H x W, H x W x 1, H x W x 3 (RGB) or H x W x 4 (RGBA), uint8, but '
            f'got {array.dtype} of shape {array.shape}. Scale it to 0..255 and convert it; give '
            'several images as a list.'
        )
    if array.ndim == 2:
        array = array[..., None]
    if array.shape[2] == 1:
        return np.repeat(array, 3, axis=2)
    return visible(array)
