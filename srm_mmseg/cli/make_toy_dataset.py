"""Write a procedural salient object data set in the layout of DUTS.

``python tools/make_toy_dataset.py OUT --train 400 --test 100 --seed 0``

:mod:`srm_mmseg.datasets.toy_pairs` draws the pairs. The same seed writes the same pixels, and an
image does not depend on how many others are asked for.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from srm_mmseg.datasets.toy_pairs import make_pair
from srm_mmseg.file_errors import plain_errors, writing


def write_split(out: Path, name: str, count: int, seed: int) -> None:
    """Write ``count`` pairs below ``out/name``, as DUTS-TR and DUTS-TE are laid out."""
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
        write_image(images / f'{index:05d}.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, 92])
        write_image(masks / f'{index:05d}.png', mask)


def write_image(path: Path, image: np.ndarray, settings: Sequence[int] = ()) -> None:
    """Encode an image by its file's suffix, and write it or raise an ``OSError``."""
    with writing(path):
        path.write_bytes(cv2.imencode(path.suffix, image, settings)[1].tobytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('out', type=Path, help='folder to write DUTS-TR and DUTS-TE to')
    parser.add_argument('--train', type=int, default=400, help='pairs for training')
    parser.add_argument('--test', type=int, default=100, help='pairs for testing')
    parser.add_argument('--seed', type=int, default=0)
    args = parser.parse_args()
    with plain_errors():
        write_split(args.out, 'DUTS-TR', args.train, args.seed)
        write_split(args.out, 'DUTS-TE', args.test, args.seed)
