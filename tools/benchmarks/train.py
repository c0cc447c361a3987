"""``benchmark.py train``: a training step of SRM in several forms."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from torch import Tensor

from benchmarks.networks import training_contestants
from benchmarks.report import add_output_arguments, add_threads_argument, in_turn, report, summary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--size', type=int, default=353, help='side of the images')
    parser.add_argument('--batches', type=int, nargs='+', default=[4])
    parser.add_argument('--repeats', type=int, default=5)
    add_output_arguments(parser)
    add_threads_argument(parser)


def batch_of(batch: int, size: int, device: str) -> tuple[Tensor, list[SegDataSample]]:
    """Draw images and masks."""
    masks = torch.randint(0, 2, (batch, 1, size, size), device=device)
    samples = [SegDataSample(gt_sem_seg=PixelData(data=mask)) for mask in masks]
    return torch.randn(batch, 3, size, size, device=device), samples


def training_step(
    model: Any, images: Tensor, samples: list[SegDataSample], dtype: torch.dtype | None
) -> Callable[[], None]:
    """Make the step: loss, gradients and SGD."""
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-6, momentum=0.9)

    def step() -> None:
        with torch.autocast(images.device.type, dtype, enabled=dtype is not None):
            losses = model(images, samples, mode='loss')
        model.parse_losses(losses)[0].backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step


def steps(size: int, batch: int) -> dict[str, Callable[[], Callable[[], None]]]:
    """Make a builder of each contestant's step, by name."""
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    images, samples = batch_of(batch, size, device)
    return {
        name: partial(
            lambda name, model: training_step(
                model.to(device), images, samples, torch.bfloat16 if 'bfloat16' in name else None
            ),
            name,
            model,
        )
        for name, model in training_contestants().items()
    }


def run(args: argparse.Namespace) -> None:
    """Compare training steps."""
    torch.set_num_threads(args.threads)
    rows = []
    for batch in args.batches:
        made = {name: make() for name, make in steps(args.size, batch).items()}
        seconds = in_turn(list(made.values()), args.repeats)
        plain = summary(seconds[0])['median_ms']
        for name, times in zip(made, seconds):
            times_ms = summary(times)
            ratio = plain / times_ms['median_ms']
            rows.append({'network': name, 'batch': batch, **times_ms, 'ratio': ratio})
    report(rows, args, 'ratio', 'times as fast as the plain graph')
