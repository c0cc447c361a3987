"""Checkpoints of the authors' Caffe files."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from srm_mmseg import __version__

try:
    import torch
    from torch import Tensor

    from srm_mmseg.caffe.caffemodel import read_layers
except ImportError as error:
    sys.exit(
        f'error: the files are read with protobuf and written with PyTorch, but {error}: '
        "pip install 'srm-mmseg[caffe]'"
    )
from srm_mmseg.caffe.released_layers import (
    Network,
    first_difference,
    imagenet_trunk,
    refinement_key,
    released_network,
)
from srm_mmseg.engine.peak_memory import peak_memory
from srm_mmseg.file_errors import plain_errors
from srm_mmseg.whole_file import replacing


class Conversion(NamedTuple):
    """What came of a file.

    Attributes:
        network: What the file is.
        state_dict: Weights by the model's keys.
        layers: Layers read, those without numbers included.
        mapped: Layers whose numbers are in the weights.
        left_over: Names of layers whose numbers are not.
        numbers: Numbers mapped.
    """

    network: str
    state_dict: dict[str, Tensor]
    layers: int
    mapped: int
    left_over: list[str]
    numbers: int


def read_blobs(path: Path) -> tuple[int, dict[str, list[np.ndarray]]]:
    """Count a file's layers, and collect the numbers of those that have some by name."""
    blobs, count = {}, 0
    with tqdm(total=path.stat().st_size, desc='reading', unit='B', unit_scale=True) as bar:
        for layer in read_layers(path, bar.update):
            count += 1
            if layer.name in blobs:
                raise ValueError(
                    f'Expected each layer once in {str(path)!r}, but got {layer.name!r} twice.'
                )
            if layer.blobs:
                blobs[layer.name] = layer.blobs
    return count, blobs


def weights_of(network: Network, blobs: dict[str, list[np.ndarray]]) -> dict[str, Tensor]:
    """Take a network's weights out of ``blobs``; BN statistics are divided by their factor.

    Raises:
        ValueError: If statistics are not finite then, or a variance is negative.
    """
    state_dict = {}
    for name, targets in network.items():
        factor = 1.0
        numbers = blobs.pop(name)
        if not targets[-1].key:  # BatchNorm; Caffe takes a factor of 0 for statistics of 0
            stored = float(numbers[-1][0])
            factor = 0.0 if stored == 0 else 1 / stored
            prefix = targets[0].key.removesuffix('running_mean')
            state_dict[f'{prefix}num_batches_tracked'] = torch.tensor(0)
        for target, values in zip(targets, numbers):
            if target.key:
                scaled = values if factor == 1 else values * factor
                lowest = 0 if target.key.endswith('running_var') else -np.inf
                if not (np.isfinite(scaled) & (scaled >= lowest)).all():
                    raise ValueError(f'{name!r} has statistics that are not finite, or negative')
                state_dict[target.key] = torch.from_numpy(np.array(scaled, dtype=np.float32))
    return state_dict


def convert(path: Path) -> Conversion:
    """Convert a ``.caffemodel``.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is damaged or of another network; it names the first difference.
    """
    count, blobs = read_blobs(path)
    is_trunk = not blobs.keys() & (released_network().keys() - imagenet_trunk().keys())
    network = imagenet_trunk() if is_trunk else released_network()
    shapes = {name: [array.shape for array in arrays] for name, arrays in blobs.items()}
    difference = first_difference(shapes, network)
    difference = difference or difference_after(shapes, network, is_trunk)
    if difference:
        what = "the trunk of SRM's ImageNet ResNet-50" if is_trunk else 'the released SRM'
        raise ValueError(
            f'Expected {str(path)!r} to be {what}, with {difference}. Other networks cannot be '
            'converted.'
        )
    numbers = sum(array.size for name in network for array in blobs[name])
    try:
        state_dict = weights_of(network, blobs)
    except ValueError as error:
        raise ValueError(
            f'Expected a sound .caffemodel, but got {str(path)!r}: {error}. Copy or download it again.'
        ) from error
    if is_trunk:
        for key in [*state_dict]:
            if copy := refinement_key(key):
                state_dict[copy] = state_dict[key]
    name = 'ImageNet ResNet-50 (pre-activation), for both trunks' if is_trunk else 'SRM, T = 3'
    return Conversion(name, state_dict, count, len(network), [*blobs], numbers)


def difference_after(
    found: dict[str, list[tuple[int, ...]]], network: Network, is_trunk: bool
) -> str | None:
    """Compare what follows a network: nothing, or of ImageNet's the classifier, with a weight matrix."""
    others = [name for name in found if name not in network]
    classifiers = [name for name in others if is_trunk and len(found[name][0]) == 2]
    for name in others:
        if name not in classifiers:
            return f'no other layer like {name!r} with blobs of shape {found[name]}'
    if is_trunk and not classifiers:
        return 'a classifier (InnerProduct) behind it, but there is none: the file may be cut'
    return None


def save(conversion: Conversion, source: Path, out: Path) -> None:
    """Write a checkpoint, or nothing at all.

    Raises:
        OSError: If it cannot be written.
    """
    checkpoint = dict(
        state_dict=conversion.state_dict,
        meta=dict(
            network=conversion.network,
            source=source.name,
            paper='Wang et al., ICCV 2017, released Caffe network',
            config='configs/srm_preact-r50_duts.py',
            converted_by=f'srm_mmseg {__version__}',
            dataset_meta=dict(
                classes=('background', 'salient'), palette=[[0, 0, 0], [255, 255, 255]]
            ),
        ),
    )
    try:
        with replacing(out, out.with_name(f'{out.name}.part')) as part:
            torch.save(checkpoint, part)
    except RuntimeError as error:  # PyTorch's, of any failure to write
        raise OSError(
            f'Expected to write {str(out)!r}, but it failed: {error}. Is the disk full?'
        ) from error


def run(args: argparse.Namespace) -> None:
    """Do what the arguments of the command ask for."""
    start = time.perf_counter()
    with plain_errors():
        if args.out.exists() and args.out.samefile(args.caffemodel):
            raise ValueError(f'Expected OUT.pth to be another file than {str(args.caffemodel)!r}.')
        conversion = convert(args.caffemodel)
        save(conversion, args.caffemodel, args.out)
    peak = peak_memory() / 2**30
    left_over = ', '.join(conversion.left_over) or 'none'
    print(
        f'{args.out}: {conversion.network}\n'
        f'layers: {conversion.layers} read, {conversion.mapped} with numbers mapped, left over: '
        f'{left_over}\n'
        f'numbers: {conversion.numbers:,}, each mapped once\n'
        f'{time.perf_counter() - start:.1f} s, {peak:.2f} GiB of memory at most'
    )
