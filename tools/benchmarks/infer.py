"""``benchmark.py infer``: SRM in several forms against stock networks."""

from __future__ import annotations

import argparse
from functools import partial

import torch

from benchmarks.memory import peak_above
from benchmarks.networks import gmac, inference_contestants, parameters
from benchmarks.report import add_output_arguments, add_threads_argument, in_turn, report, summary
from srm_mmseg.engine.kept_memory import keep_freed_memory


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--size', type=int, default=353, help='side of the images')
    parser.add_argument('--batches', type=int, nargs='+', default=[1, 8])
    parser.add_argument('--repeats', type=int, default=7)
    parser.add_argument('--dtypes', nargs='+', default=['float32', 'bfloat16'])
    parser.add_argument('--only-srm', action='store_true', help='leave the stock networks out')
    add_output_arguments(parser)
    add_threads_argument(parser)


def run(args: argparse.Namespace) -> None:
    """Compare forward passes to the logits of all stages."""
    torch.set_num_threads(args.threads)
    keep_freed_memory()  # for all contestants, as tools/test.py --fast and tools/infer.py do
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    builders = {
        name: make
        for name, make in inference_contestants(args.dtypes).items()
        if not args.only_srm or name.startswith('SRM')
    }
    models = {name: make(device) for name, make in builders.items()}
    rows = []
    for batch in args.batches:
        image = torch.randn(batch, 3, args.size, args.size, device=device)
        packed = image.contiguous(memory_format=torch.channels_last)
        runs = [
            partial(model, image if name.startswith('SRM') else packed, mode='tensor')
            for name, model in models.items()
        ]
        with torch.inference_mode():
            seconds = in_turn(runs, args.repeats)
            peaks = [peak_above(run) for run in runs]
        plain = summary(seconds[0])['median_ms']
        for name, times, peak in zip(models, seconds, peaks):
            on_paper = builders[name]('meta')
            times_ms = summary(times)
            rows.append(
                {
                    'network': name,
                    'batch': batch,
                    'GMAC': gmac(on_paper, args.size),
                    'Mparameters': parameters(on_paper),
                    **times_ms,
                    'ratio': plain / times_ms['median_ms'],
                    'peak_GiB': peak,
                }
            )
    report(rows, args, 'ratio', 'times as fast as the plain graph')
