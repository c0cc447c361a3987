"""``benchmark.py infer``: SRM in several forms against stock networks, or networks of the field."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor, nn

from srm_mmseg.cli.benchmarks.measure import compare
from srm_mmseg.cli.benchmarks.networks import for_inference, inference_contestants, srm
from srm_mmseg.cli.benchmarks.peers import race
from srm_mmseg.cli.benchmarks.peers.engines import ENGINES, Entry, pytorch
from srm_mmseg.cli.benchmarks.peers.peer import FinalMap
from srm_mmseg.cli.benchmarks.report import (
    add_networks_argument,
    add_output_arguments,
    add_threads_argument,
    report,
)
from srm_mmseg.engine.fast_inference import merge_weights
from srm_mmseg.engine.kept_memory import keep_freed_memory


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--size', type=int, default=353, help='side of the images')
    parser.add_argument('--batches', type=int, nargs='+', default=[1, 8])
    parser.add_argument('--repeats', type=int, default=7)
    parser.add_argument('--dtypes', nargs='+', default=['float32', 'bfloat16'])
    parser.add_argument(
        '--engines',
        action='store_true',
        help='SRM exported, by the engines that are installed, too',
    )
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


def engine_passes(images: Tensor, threads: int, folder: Path) -> dict[str, Callable[[], object]]:
    """Make the passes of merged SRM by engines; its last map, at the images' size, is in the file."""
    entry = Entry(FinalMap(merge_weights(srm())).eval(), images.cpu())
    entry.write(folder / f'{len(images)}.onnx')
    return {
        f'SRM, {engine.column.removesuffix("_ms").replace("_", " ")}': engine.prepare(
            entry, threads
        )
        for engine in ENGINES
        if engine.prepare is not pytorch and not engine.lacks
    }


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
        with TemporaryDirectory() as folder:
            exported = engine_passes(images, args.threads, Path(folder)) if args.engines else {}
            makers = builders | {name: for_inference(srm) for name in exported}
            rows += compare(makers, [*runs, *exported.values()], batch, args.size, args.repeats)
    report(rows, args, 'ratio', 'times as fast as the plain graph')
