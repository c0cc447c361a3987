"""``benchmark.py train``: a training step of SRM in several forms against stock networks."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from torch import Tensor

from srm_mmseg.cli.benchmarks.measure import compare
from srm_mmseg.cli.benchmarks.networks import training_contestants
from srm_mmseg.cli.benchmarks.report import (
    add_networks_argument,
    add_output_arguments,
    add_threads_argument,
    report,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--size', type=int, default=353, help='side of the images')
    parser.add_argument('--batches', type=int, nargs='+', default=[4])
    parser.add_argument('--repeats', type=int, default=5)
    add_networks_argument(parser)
    add_output_arguments(parser)
    add_threads_argument(parser)


def batch_of(batch: int, size: int, device: str) -> tuple[Tensor, list[SegDataSample]]:
    """Draw images and masks."""
    masks = torch.randint(0, 2, (batch, 1, size, size), device=device)
    samples = [SegDataSample(gt_sem_seg=PixelData(data=mask)) for mask in masks]
    return torch.randn(batch, 3, size, size, device=device), samples


def training_step(
    name: str, model: Any, images: Tensor, samples: list[SegDataSample]
) -> Callable[[], None]:
    """Make the step: loss, gradients and SGD; in bfloat16 where the name says so."""
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-6, momentum=0.9)

    def step() -> None:
        with torch.autocast(images.device.type, torch.bfloat16, enabled='bfloat16' in name):
            losses = model(images, samples, mode='loss')
        model.parse_losses(losses)[0].backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step


def run(args: argparse.Namespace) -> None:
    """Compare training steps."""
    torch.set_num_threads(args.threads)
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    builders = training_contestants(args.only_srm)
    models = {name: make(device) for name, make in builders.items()}
    rows = []
    for batch in args.batches:
        data = batch_of(batch, args.size, device)
        steps = [training_step(name, model, *data) for name, model in models.items()]
        for row in compare(builders, steps, batch, args.size, args.repeats):
            rows.append(row | {'images_an_hour': round(3.6e6 * batch / row['median_ms'])})
    report(rows, args, 'ratio', 'times as fast as the plain graph')
