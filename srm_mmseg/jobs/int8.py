"""A model's file in 8 bits, measured against the one in float, and refused where it draws other maps."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from tqdm import tqdm

from srm_mmseg.apis import SaliencyInferencer
from srm_mmseg.apis.exported_backend import ExportedBackend
from srm_mmseg.apis.sources import Source, sources
from srm_mmseg.datasets.photograph import on_white
from srm_mmseg.datasets.saliency_mask import read_mask
from srm_mmseg.datasets.stems import files_by_stem
from srm_mmseg.evaluation.map_folder import SUFFIXES
from srm_mmseg.evaluation.map_score import MapScore, average_scores, score_map
from srm_mmseg.export.description import Description

MOST_RANGES = 300
"""Photographs that ranges of values are taken from; all are measured."""

FEW = 50
"""Photographs below which a warning is printed: ranges of a few do not hold for others."""

MEASURES = ('maxF_pr', 'MAE', 'Sm')


Calibration = tuple[list[Source], dict[str, str] | None]
"""Photographs, and their masks by the photographs' names."""


def quantised(
    args: argparse.Namespace,
    calibration: Calibration,
    source: Path,
    description: Description,
    quantise: Callable[[Path, np.ndarray, Path, float], None],
    finish: Callable[[Path, Description, Path], None],
    path: Path,
) -> Description:
    """Quantise a file, measure what that changes, and write it with what was measured.

    Args:
        args: ``most_loss``, of Sm and MAE; ``force``; ``out``, whose suffix the file has.
        calibration: Of :func:`calibration_set`.
        source: The ONNX file in float.
        description: What it says of itself.
        quantise: Writes a file of 8 bits.
        finish: Writes a file anew with another description.
        path: Where the finished file is to lie.

    Returns:
        The description of the file, with what was measured.

    Raises:
        ValueError: If maps change too much.
    """
    photographs, masks = calibration
    with TemporaryDirectory() as folder:
        part = Path(folder, f'int8{args.out.suffix}')
        images = resized(photographs[:: -(-len(photographs) // MOST_RANGES)], description.size)
        quantise(source, images, part, args.most_loss[1])
        measured = measure(photographs, masks, load_exported(source), load_exported(part))
        if (fault := loss_fault(measured, *args.most_loss)) and not args.force:
            raise ValueError(
                f'Expected int8 to change little, but {fault}. {str(args.out)!r} is not written. '
                'Calibrate with more photographs, of the kind that it is for; export in float; or '
                'write it nonetheless with --force.'
            )
        description = replace(description, int8=measured)
        finish(part, description, path)
    return description


def load_exported(path: Path) -> ExportedBackend:
    """Open a finished file as its users do."""
    if path.suffix == '.onnx':
        from srm_mmseg.apis.onnx_backend import OnnxBackend

        return OnnxBackend(path, 'cpu')
    if path.suffix == '.xml':
        from srm_mmseg.apis.openvino_backend import OpenVinoBackend

        return OpenVinoBackend(path)
    from srm_mmseg.apis.torchscript_backend import TorchScriptBackend

    return TorchScriptBackend(path)


def calibration_set(folder: str, masks: str | None) -> Calibration:
    """List the photographs of a folder, and their masks in another; warn where they are few.

    Raises:
        ValueError: If there is none, or one has no mask.
    """
    photographs = list(sources(folder))
    photographs[0].read()  # it says so if the folder has none
    if len(photographs) < FEW:
        print(
            f'warning: {len(photographs)} photographs are few to take ranges of values from, and to measure '
            f'what int8 changes: give {FEW} or more, of all kinds that the model is for'
        )
    return photographs, paired(photographs, masks) if masks else None


def paired(photographs: list[Source], folder: str) -> dict[str, str]:
    """Find the mask of each photograph by its stem."""
    masks = files_by_stem(folder, SUFFIXES)
    missing = [one.name for one in photographs if Path(one.name).name not in masks]
    if missing:
        raise ValueError(
            f'Expected a mask in {folder!r} for each photograph, but there is none for {missing[:3]}. '
            'Add them, or leave out --masks.'
        )
    return {one.name: masks[Path(one.name).name] for one in photographs}


def resized(photographs: list[Source], size: tuple[int, int]) -> np.ndarray:
    """Read photographs as the network sees them: N x H x W x 3, uint8, BGR."""
    read = (on_white(one.read()) for one in tqdm(photographs, desc='reading', unit='image'))
    return np.stack([cv2.resize(one, size[::-1])[..., ::-1] for one in read])


def measure(
    photographs: list[Source],
    masks: dict[str, str] | None,
    floats: ExportedBackend,
    ints: ExportedBackend,
) -> dict:
    """Compare the maps of two files: by their scores if there are masks, and by their difference.

    Returns:
        Numbers of ``photographs``, their ``mean_difference``, 0 to 1, and, of masks, each measure
        of the float file and of the other.
    """
    differences: list[float] = []
    scores: tuple[list[MapScore], list[MapScore]] = ([], [])
    streams = [SaliencyInferencer.of(one)(photographs) for one in (floats, ints)]
    pairs = zip(*streams, strict=True)
    for pair in tqdm(pairs, desc='measuring', total=len(photographs), unit='image'):
        differences.append(float(np.abs(pair[0].map - pair[1].map).mean()))
        if masks is not None:
            mask = read_mask(masks[pair[0].name])
            for one, of_file in zip(pair, scores):
                of_file.append(score_map(one.levels(), mask, measures=MEASURES))
    found: dict = {'photographs': len(photographs), 'mean_difference': float(np.mean(differences))}
    if masks is not None:
        before, after = (average_scores(one, MEASURES)[0] for one in scores)
        found |= {name: [before[name], after[name]] for name in MEASURES}
    return found


def loss_fault(measured: dict, most_sm: float, most_mae: float) -> str:
    """Say what is worse than it may be; '' if nothing is.

    Without masks the mean difference counts for the MAE, which cannot change by more.
    """
    if 'Sm' not in measured:
        difference = measured['mean_difference']
        if difference > most_mae:
            return f'its maps differ by {difference:.4f} on average, above {most_mae:g}'
        return ''
    sm = measured['Sm'][0] - measured['Sm'][1]
    mae = measured['MAE'][1] - measured['MAE'][0]
    if sm > most_sm or mae > most_mae:
        return f'it loses {sm:.4f} in Sm (at most {most_sm:g}) and {mae:.4f} in MAE (at most {most_mae:g})'
    return ''


def report(measured: dict) -> str:
    """Put what was measured into a line."""
    line = (
        f'int8: {measured["photographs"]} photographs, maps differ by '
        f'{measured["mean_difference"]:.4f} on average'
    )
    scores = (f'{name} {measured[name][0]:.4f} -> {measured[name][1]:.4f}' for name in MEASURES)
    return ', '.join([line, *(scores if 'Sm' in measured else ())])
