"""``benchmark.py profile``: where a training step's time goes, by the model's parts."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn
from torch.profiler import profile, record_function

from srm_mmseg.cli.benchmarks.networks import srm, srm_lite
from srm_mmseg.cli.benchmarks.report import add_output_arguments, add_threads_argument, report
from srm_mmseg.cli.benchmarks.train import batch_of, training_step

NETWORKS: dict[str, Callable[[], nn.Module]] = {'srm_lite0': srm_lite, 'srm_r50': srm}
PARTS = ('master', 'refinement', 'neck', 'head', 'loss', 'optimizer', 'rest')
NODE = 'autograd::engine::evaluate_function: '


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--network', choices=NETWORKS, default='srm_lite0')
    parser.add_argument('--dtype', choices=['float32', 'bfloat16'], default='float32')
    parser.add_argument('--size', type=int, default=353, help='side of the images')
    parser.add_argument('--batch', type=int, default=4)
    parser.add_argument('--repeats', type=int, default=5, help='steps, after one to warm up')
    add_output_arguments(parser)
    add_threads_argument(parser)


def name_part(owner: Any, method: str, part: str) -> None:
    """Let the profiler see a part's method as a range of its name."""
    call = getattr(owner, method)

    def named(*args: Any, **kwargs: Any) -> Any:
        with record_function(part):
            return call(*args, **kwargs)

    setattr(owner, method, named)


def name_parts(model: Any) -> None:
    """Name the parts of an SRM; the loss is all that follows the head's logits."""
    name_part(model.backbone.master, 'forward', 'master')
    name_part(model.backbone.refinement, 'forward', 'refinement')
    name_part(model.neck, 'forward', 'neck')
    name_part(model.decode_head, 'forward', 'head')
    name_part(model.decode_head, 'loss_by_feat', 'loss')


def by_part(events: Sequence[Any]) -> tuple[dict[str, float], dict[str, float]]:
    """Sum up milliseconds of the forward and of the backward pass by part.

    A node of the backward pass has the sequence number of the operator that made it.
    """
    forward, backward = dict.fromkeys(PARTS, 0.0), dict.fromkeys(PARTS, 0.0)
    made_by: dict[int, str] = {}
    for part in events:
        if part.name.startswith('Optimizer.'):  # PyTorch names these itself
            forward['optimizer'] += part.cpu_time_total / 1000
        if part.name not in PARTS:
            continue
        forward[part.name] += part.cpu_time_total / 1000
        start, end = part.time_range.start, part.time_range.end
        for one in events:
            inside = start <= one.time_range.start and one.time_range.end <= end
            if inside and one.sequence_nr >= 0:
                made_by[one.sequence_nr] = part.name
    for one in events:
        if one.name.startswith(NODE):
            backward[made_by.get(one.sequence_nr, 'rest')] += one.cpu_time_total / 1000
    return forward, backward


def run(args: argparse.Namespace) -> None:
    """Profile steps of one network."""
    torch.set_num_threads(args.threads)
    model = NETWORKS[args.network]()
    name_parts(model)
    step = training_step(args.dtype, model, *batch_of(args.batch, args.size, 'cpu'))
    step()
    with profile() as profiler:
        for _ in range(args.repeats):
            with record_function('step'):
                step()
    events: Any = profiler.events()
    total = sum(one.cpu_time_total for one in events if one.name == 'step') / 1000
    forward, backward = by_part(events)
    forward['rest'] = total - sum(forward.values()) - sum(backward.values())
    rows = [
        {
            'part': part,
            'step': f'{args.network}, {args.dtype}, batch {args.batch}',
            'forward_ms': forward[part] / args.repeats,
            'backward_ms': backward[part] / args.repeats,
            'share': (forward[part] + backward[part]) / total,
        }
        for part in PARTS
    ]
    report(rows, args, 'share', "of the step's time")
