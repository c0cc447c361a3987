"""``benchmark.py infer``: SRM in several forms against stock networks."""

from __future__ import annotations

import argparse
from functools import partial

import torch

from benchmarks.networks import Contestant, inference_contestants
from benchmarks.report import add_output_arguments, add_plot_argument, in_turn, report, summary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--size', type=int, default=353, help='side of the images')
    parser.add_argument('--batches', type=int, nargs='+', default=[1, 8])
    parser.add_argument('--repeats', type=int, default=7)
    parser.add_argument('--dtypes', nargs='+', default=['float32', 'bfloat16'])
    parser.add_argument('--only-srm', action='store_true', help='leave the stock networks out')
    add_output_arguments(parser)
    add_plot_argument(parser)


def run(args: argparse.Namespace) -> None:
    """Compare forward passes to the logits of all stages."""
    torch.set_num_threads(args.threads)
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    contestants: list[Contestant] = [
        contestant
        for contestant in inference_contestants(args.size, args.dtypes, device)
        if not args.only_srm or contestant.name.startswith('SRM')
    ]
    rows = []
    for batch in args.batches:
        image = torch.randn(batch, 3, args.size, args.size, device=device)
        packed = image.contiguous(memory_format=torch.channels_last)
        with torch.inference_mode():
            seconds = in_turn(
                [
                    partial(
                        contestant.model,
                        packed if not contestant.name.startswith('SRM') else image,
                        mode='tensor',
                    )
                    for contestant in contestants
                ],
                args.repeats,
            )
        plain = summary(seconds[0])['median_ms']
        for contestant, times in zip(contestants, seconds):
            times_ms = summary(times)
            rows.append(
                {
                    'network': contestant.name,
                    'batch': batch,
                    'GMAC': contestant.gmac,
                    'Mparameters': contestant.parameters,
                    **times_ms,
                    'ratio': plain / times_ms['median_ms'],
                }
            )
    report(rows, args)
