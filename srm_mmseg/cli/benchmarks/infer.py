"""``benchmark.py infer``: SRM in several forms against stock networks, or networks of the field."""

from __future__ import annotations

import argparse
from collections.abc import Callable

import torch
from torch import Tensor, nn

from srm_mmseg.cli.benchmarks.measure import compare
from srm_mmseg.cli.benchmarks.networks import inference_contestants
from srm_mmseg.cli.benchmarks.peers import race
from srm_mmseg.cli.benchmarks.report import (
    add_networks_argument,
    add_output_arguments,
    add_threads_argument,
    report,
)
from srm_mmseg.engine.kept_memory import keep_freed_memory


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--size', type=int, default=353, help='side of the images')
    parser.add_argument('--batches', type=int, nargs='+', default=[1, 8])
    parser.add_argument('--repeats', type=int, default=7)
    parser.add_argument('--dtypes', nargs='+', default=['float32', 'bfloat16'])
    add_networks_argument(parser)
    race.add_arguments(parser)
    add_output_arguments(parser)
    add_threads_argument(parser)


def forward_pass(model: nn.Module, images: Tensor) -> Callable[[], object]:
    """Make the pass to the logits of all stages."""

    @torch.inference_mode()
    def run() -> object:
        return model(images, mode='tensor')

    return run


def run(args: argparse.Namespace) -> None:
    """Compare forward passes."""
    if args.peers:
        race.run(args)
        return
    torch.set_num_threads(args.threads)
    keep_freed_memory()  # for all contestants, as tools/test.py --fast and tools/infer.py do
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    builders = inference_contestants(args.dtypes, args.only_srm)
    models = [make(device) for make in builders.values()]
    rows = []
    for batch in args.batches:
        images = torch.randn(batch, 3, args.size, args.size, device=device)
        runs = [forward_pass(model, images) for model in models]
        rows += compare(builders, runs, batch, args.size, args.repeats)
    report(rows, args, 'ratio', 'times as fast as the plain graph')
