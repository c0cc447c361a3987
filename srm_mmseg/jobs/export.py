"""A model written to a file that runs without the toolbox, and checked against it."""

import srm_mmseg.register  # noqa: F401  Comes first: it tells what to install.

# isort: split
import argparse
import copy
import time
from collections.abc import Sequence
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from srm_mmseg.engine.fast_inference import merge_weights
from srm_mmseg.engine.launch import plain_file_errors
from srm_mmseg.export import int8_onnx, int8_openvino
from srm_mmseg.export.description import Description
from srm_mmseg.export.half_weights import halve_weights
from srm_mmseg.export.onnx_file import describe_onnx, write_onnx
from srm_mmseg.export.openvino_file import replacing_all, write_openvino
from srm_mmseg.export.torchscript_file import write_torchscript
from srm_mmseg.file_errors import plain_errors
from srm_mmseg.jobs.int8 import Calibration, calibration_set, load_exported, quantised, report
from srm_mmseg.model_file import open_model
from srm_mmseg.saliency.saliency_graph import SaliencyGraph
from srm_mmseg.saliency.stages import chosen_stage, stage_numbers

TOLERANCE = 1e-4
"""Largest difference of the file's numbers from the model's, on every image of the check."""

HALF_TOLERANCE = 2e-2
"""The same of an IR whose weights are rounded to float16."""


def stages_to_export(model: Any, all_stages: bool) -> tuple[int, ...]:
    """Number the stages that the file is to give: all, or the one that the config tests."""
    count = len(model.decode_head.in_channels)
    return stage_numbers(count) if all_stages else (chosen_stage(model.test_cfg, count),)


def example(batch: int, size: tuple[int, int], seed: int = 0) -> torch.Tensor:
    """Draw images of smooth patches with noise: shape N x H x W x 3, uint8."""
    generator = torch.Generator().manual_seed(seed)
    patches = torch.rand(batch, 3, 6, 6, generator=generator)
    images = torch.nn.functional.interpolate(patches, size, mode='bicubic')
    images = 255 * images + 8 * torch.randn(images.shape, generator=generator)
    return images.round().clamp(0, 255).byte().permute(0, 2, 3, 1).contiguous()


@torch.inference_mode()
def difference(backend: Any, reference: SaliencyGraph, images: torch.Tensor) -> float:
    """Find the largest difference of the file's outputs from the model's."""
    expected, found = reference(images), backend.outputs(images.numpy())
    assert len(expected) == len(found)
    return max(np.abs(e.numpy() - f).max() for e, f in zip(expected, found))


def check(
    backend: Any, reference: SaliencyGraph, sizes: Sequence[tuple[int, int]]
) -> dict[str, float]:
    """Compare the file with the model: the largest difference by batch and size."""
    batches = (1, 4) if backend.description.dynamic else (1,)
    shapes = [(batch, size) for size in sizes for batch in batches]
    found = {}
    for seed, (batch, size) in enumerate(tqdm(shapes, desc='checking')):
        name = f'{batch} x {size[0]}x{size[1]}'
        found[name] = difference(backend, reference, example(batch, size, seed))
    return found


def export(args: argparse.Namespace) -> tuple[Description, dict[str, float]]:
    """Write the file, unless it differs from the model; tell what it is and how near it is."""
    calibration = calibration_set(args.calibrate, args.masks) if args.int8 else None
    model, size, _ = open_model(args.config, args.checkpoint, args.cfg_options, args.size)
    description = Description(
        model=Path(args.config).stem,
        weights=Path(args.checkpoint).name,
        stages=stages_to_export(model, args.stages),
        size=size,
        dynamic=args.dynamic or args.format == 'torchscript',
        softmax=not args.no_softmax,
        resize=not args.no_resize,
        align_corners=model.decode_head.align_corners,
    )
    with replacing_all(args.out) as part:
        differences, source = write_checked(args, model, description, part)
        if calibration:
            description = write_int8(args, calibration, source, description, part)
    return description, differences


def write_checked(
    args: argparse.Namespace, model: Any, description: Description, part: Path
) -> tuple[dict[str, float], Path]:
    """Write the file in float; raise a ValueError if it differs from the model.

    Returns:
        How near it is by batch and size, and the ONNX or TorchScript file that it was made of.
    """
    choices = (description.stages, description.softmax, description.resize)
    reference = SaliencyGraph(copy.deepcopy(model), *choices)
    graph = SaliencyGraph(merge_weights(model), *choices)
    images = example(2 if description.dynamic else 1, description.size)
    source = part.with_suffix('.onnx') if args.format == 'openvino' else part
    write = write_torchscript if args.format == 'torchscript' else write_onnx
    write(graph, images, description, source)
    if args.format == 'openvino':
        write_openvino(source, description, part, args.half)
    elif args.half:
        halve_weights(part, {key: one.numpy() for key, one in reference.state_dict().items()})
    sizes = args.check if description.dynamic else [description.size]
    differences = check(load_exported(part), reference, sizes)
    worst = max(differences, key=lambda name: differences[name])
    most = HALF_TOLERANCE if args.half and args.format == 'openvino' else TOLERANCE
    if not differences[worst] <= most:
        raise ValueError(
            f'Expected the file to agree with the model to {most}, but got a difference '
            f'of {differences[worst]:.1e} for {worst}. {str(args.out)!r} is not written.'
        )
    return differences, source


def write_int8(
    args: argparse.Namespace,
    calibration: Calibration,
    source: Path,
    description: Description,
    part: Path,
) -> Description:
    """Write the file in 8 bits in place of the one in float; tell what that changed."""
    if args.format == 'openvino':
        quantise, finish = int8_openvino.to_int8, write_openvino
        return quantised(args, calibration, source, description, quantise, finish, part)
    to_int8 = int8_onnx.to_int8
    return quantised(args, calibration, source, description, to_int8, describe_onnx, part)


def run(args: argparse.Namespace) -> None:
    """Do what the arguments of the command ask for."""
    start = time.perf_counter()
    with plain_file_errors(args.out.parent), plain_errors(ImportError, UnpicklingError):
        description, differences = export(args)
    print('batch and size: largest difference from PyTorch')
    for name, value in differences.items():
        print(f'{name}: {value:.1e}')
    if description.int8:
        print(report(description.int8))
    free = 'any batch and size' if description.dynamic else f'1 x {description.size}'
    stages = ', '.join(f'S{stage}' for stage in description.stages)
    print(
        f'{args.out}: {description.model}, {stages}, {free}, '
        f'{size_of(args.out) / 1e6:.1f} MB, {time.perf_counter() - start:.0f} s'
    )


def size_of(path: Path) -> int:
    """Count the bytes of a file and, of an IR, of its weights."""
    parts = [path, path.with_suffix('.bin')] if path.suffix == '.xml' else [path]
    return sum(one.stat().st_size for one in parts)
