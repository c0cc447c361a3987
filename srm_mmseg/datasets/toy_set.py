"""Writes drawn pairs in the layout of DUTS."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from srm_mmseg.datasets.toy_pairs import make_pair
from srm_mmseg.file_errors import writing


def write_split(out: Path, name: str, count: int, seed: int) -> None:
    """Write pairs below ``out/name``, as DUTS-TR and DUTS-TE are laid out.

    Args:
        out: Folder of the data set.
        name: Of the split; each draws pairs of its own.
        count: How many pairs.
        seed: Of the random numbers.

    Raises:
        FileExistsError: If there are files that are no such pairs.
        OSError: If a file cannot be written.
    """
    images, masks = (out / name / f'{name}-{what}' for what in ('Image', 'Mask'))
    for folder, suffix in ((images, 'jpg'), (masks, 'png')):
        folder.mkdir(parents=True, exist_ok=True)
        ours = {f'{index:05d}.{suffix}' for index in range(count)}
        others = sorted(path.name for path in folder.iterdir() if path.name not in ours)
        if others:
            raise FileExistsError(
                f'Expected {str(folder)!r} to be empty or of an earlier run of as many pairs, but '
                f'got {len(others)} other files: {others[0]}, ... Name another folder.'
            )
    split = sum(map(ord, name))
    for index in tqdm(range(count), desc=name, unit='image'):
        image, mask = make_pair(np.random.default_rng([seed, split, index]))
        _write_image(images / f'{index:05d}.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, 92])
        _write_image(masks / f'{index:05d}.png', mask)


def _write_image(path: Path, image: np.ndarray, settings: Sequence[int] = ()) -> None:
    """Encode an image by its file's suffix, and write it or raise an ``OSError``."""
    with writing(path):
        path.write_bytes(cv2.imencode(path.suffix, image, settings)[1].tobytes())
