"""Score a folder of saliency maps against a folder of masks."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from tqdm import tqdm

from srm_mmseg.datasets.image_file import read_image
from srm_mmseg.datasets.image_memory import shared_memory
from srm_mmseg.datasets.saliency_mask import SIXTEEN_BIT_MODES, THRESHOLD, grey_levels, read_mask
from srm_mmseg.datasets.stems import files_by_stem
from srm_mmseg.evaluation.map_score import MapScore, average_scores, score_map
from srm_mmseg.evaluation.measures import MEASURES, Curves
from srm_mmseg.terminal import counted, first_of

SUFFIXES = ('.png', '.jpg', '.jpeg', '.bmp', '.tif', '.tiff', '.webp')


class FolderScore(NamedTuple):
    """Scores of a method's maps.

    Attributes:
        measures: The measures by name.
        curves: The averaged curves.
        n: Maps scored.
        missing: Masks without a map.
        resized: Maps that were not of their mask's size.
    """

    measures: dict[str, float]
    curves: Curves
    n: int
    missing: int
    resized: int


def read_map(path: str) -> np.ndarray:
    """Read a saliency map of 8 bits; colour files are read where all channels are alike.

    Args:
        path: Image file.

    Returns:
        Map, H x W, uint8.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is corrupt, has more than 8 bits a channel or is coloured.
    """
    image = read_image(path)
    try:
        if image.mode in (*SIXTEEN_BIT_MODES, 'F'):
            raise ValueError(f'it has more than 8 bits (image mode {image.mode!r})')
        # A palette is one of colours here, never of labels as in a mask.
        grey = grey_levels(image.convert('RGBA') if image.mode == 'P' else image)
    except ValueError as error:
        raise ValueError(
            f'Expected a saliency map of 8-bit grey levels, but got {path!r}: {error}. '
            'Save it as an 8-bit grey PNG.'
        ) from error
    return np.rint(grey).astype(np.uint8)


def score_folder(
    truth: str | Path,
    prediction: str | Path,
    measures: Sequence[str] = MEASURES,
    normalize: bool = True,
    threshold: int = THRESHOLD,
    mask_suffixes: str | Sequence[str] = SUFFIXES,
    allow_missing: bool = False,
    jobs: int = 1,
    title: str = '',
) -> FolderScore:
    """Score the maps of a folder, paired with masks by stem, with a progress bar.

    A map of another size than its mask is resized to it, bilinearly. A map without a mask is left
    out with a warning. Masks whose levels are at the threshold are a warning too.

    Args:
        truth: Folder of masks.
        prediction: Folder of maps.
        measures: Names of the measures.
        normalize: Stretch each map's values to 0..1 (min-max) before scoring.
        threshold: Foreground of a mask is > threshold, of 255.
        mask_suffixes: Suffixes of masks; other files of the folder are left out.
        allow_missing: Score what there is when masks have no map.
        jobs: Threads.
        title: Name of the progress bar.

    Raises:
        FileNotFoundError: If a folder does not exist or is empty, or a mask has no map; it names
            them.
        ValueError: If a file cannot be read as a mask or map, or two have the same stem.
    """
    masks = files_by_stem(str(truth), mask_suffixes)
    maps = files_by_stem(str(prediction), SUFFIXES)
    stems = sorted(masks.keys() & maps.keys())
    missing = sorted(masks.keys() - maps.keys())
    if missing and not (allow_missing and stems):
        raise FileNotFoundError(
            f'Expected a map in {str(prediction)!r} for each of {len(masks)} masks, but '
            f'none for {len(missing)}: {first_of(missing)}. Add them, or score the rest with '
            '--allow-missing.'
        )
    extra = sorted(maps.keys() - masks.keys())
    if extra:
        warnings.warn(
            f'{counted(len(extra), "map")} in {str(prediction)!r} without a mask in {str(truth)!r}, not '
            f'scored: {first_of(extra)}.',
            stacklevel=2,
        )

    doubts: dict[str, str] = {}

    def score(stem: str) -> tuple[MapScore, bool]:
        with shared_memory():
            mask = read_mask(masks[stem], threshold, on_doubt=partial(doubts.setdefault, stem))
            saliency = read_map(maps[stem])
            is_resized = saliency.shape != mask.shape
            if is_resized:
                saliency = cv2.resize(saliency, mask.shape[::-1])
            return score_map(saliency, mask, normalize, measures), is_resized

    pool = ThreadPoolExecutor(jobs)
    try:
        done = pool.map(score, stems)
        results = list(tqdm(done, desc=title, total=len(stems), unit='map', dynamic_ncols=True))
    finally:
        pool.shutdown(cancel_futures=True)
    if doubts:
        number = counted(len(doubts), 'mask is', 'masks are')
        warnings.warn(f'{number} doubtful. {doubts[min(doubts)]}', stacklevel=2)
    scores, resized = zip(*results)
    averages, curves = average_scores(scores, measures)
    return FolderScore(averages, curves, len(scores), len(missing), sum(resized))
