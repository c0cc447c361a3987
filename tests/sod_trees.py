"""Tiny data sets in the layouts of the standard ones."""

from pathlib import Path

import numpy as np
from mmengine.config import Config
from PIL import Image

from srm_mmseg.datasets.standard_sets import STANDARD_SETS

SETS = Path(__file__).parents[1] / 'configs/_base_/datasets'


def key(name: str) -> str:
    """The name of a data set's record and config: of PASCAL-S pascal_s."""
    return name.lower().replace('-', '_')


def record(name: str, data: Path, monkeypatch, **changes) -> dict:
    """A data set's record, below the root ``data``."""
    monkeypatch.setenv('SOD_DATA', str(data))
    return dict(Config.fromfile(SETS / 'sod_sets.py')[key(name)], **changes)


def names(layout, count: int) -> list[tuple[Path, Path]]:
    """Paths of images and masks; of THUR15K in several classes."""
    pairs = []
    for index in range(count):
        stem = layout.names.replace('*', str(index + 1))
        place = [
            folder.replace('*', f'Class{index % 2}') for folder in (layout.images, layout.masks)
        ]
        pairs.append(
            (
                Path(place[0], f'{stem}{layout.image_suffix}'),
                Path(place[1], f'{stem}{layout.mask_suffix}'),
            )
        )
    return pairs


def write_tree(name: str, folder: Path, count: int = 3, seed: int = 0) -> Path:
    """Write pairs as the official archives of a data set hold them; 40 x 30 pixels and larger."""
    rng = np.random.default_rng(seed)
    for index, (image, mask) in enumerate(names(STANDARD_SETS[name], count)):
        shape = (30 + index, 40)
        truth = np.zeros(shape, np.uint8)
        truth[5 : 12 + index, 8:25] = 255
        pixels = rng.integers(0, 120, (*shape, 3)) + truth[..., None] // 2
        for path, array in ((image, pixels.astype(np.uint8)), (mask, truth)):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(array).save(folder / path)
    return folder
