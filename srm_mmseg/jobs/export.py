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
from srm_mmseg.export.description import Description
from srm_mmseg.export.half_weights import halve_weights
from srm_mmseg.export.onnx_file import write_onnx
from srm_mmseg.export.torchscript_file import write_torchscript
from srm_mmseg.file_errors import plain_errors
from srm_mmseg.model_file import open_model
from srm_mmseg.saliency.saliency_graph import SaliencyGraph
from srm_mmseg.saliency.stages import chosen_stage, stage_numbers
from srm_mmseg.whole_file import replacing

TOLERANCE = 1e-4
"""Largest difference of the file's numbers from the model's, on every image of the check."""


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


def load_exported(path: Path, file_format: str) -> Any:
    """Open a finished file as its users do."""
    if file_format == 'onnx':
        from srm_mmseg.apis.onnx_backend import OnnxBackend

        return OnnxBackend(path, providers=['CPUExecutionProvider'])
    from srm_mmseg.apis.torchscript_backend import TorchScriptBackend

    return TorchScriptBackend(path)


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
    choices = (description.stages, description.softmax, description.resize)
    reference = SaliencyGraph(copy.deepcopy(model), *choices)
    graph = SaliencyGraph(merge_weights(model), *choices)
    images = example(2 if description.dynamic else 1, description.size)
    with replacing(args.out, args.out.with_name(f'{args.out.name}.part')) as part:
        write = write_onnx if args.format == 'onnx' else write_torchscript
        write(graph, images, description, part)
        if args.half:
            halve_weights(part, {key: one.numpy() for key, one in reference.state_dict().items()})
        sizes = args.check if description.dynamic else [description.size]
        differences = check(load_exported(part, args.format), reference, sizes)
        worst = max(differences, key=lambda name: differences[name])
        if not differences[worst] <= TOLERANCE:
            raise ValueError(
                f'Expected the file to agree with the model to {TOLERANCE}, but got a difference '
                f'of {differences[worst]:.1e} for {worst}. {str(args.out)!r} is not written.'
            )
    return description, differences


def run(args: argparse.Namespace) -> None:
    """Do what the arguments of the command ask for."""
    start = time.perf_counter()
    with plain_file_errors(args.out.parent), plain_errors(ImportError, UnpicklingError):
        description, differences = export(args)
    print('batch and size: largest difference from PyTorch')
    for name, value in differences.items():
        print(f'{name}: {value:.1e}')
    free = 'any batch and size' if description.dynamic else f'1 x {description.size}'
    stages = ', '.join(f'S{stage}' for stage in description.stages)
    print(
        f'{args.out}: {description.model}, {stages}, {free}, '
        f'{args.out.stat().st_size / 1e6:.1f} MB, {time.perf_counter() - start:.0f} s'
    )
