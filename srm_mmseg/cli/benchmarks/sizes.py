"""``benchmark.py sizes``: the cost of SRM by image size, stages and batch."""

from __future__ import annotations

import argparse
from functools import partial

import torch

from srm_mmseg.cli.benchmarks.measure import in_turn, summary
from srm_mmseg.cli.benchmarks.networks import srm
from srm_mmseg.cli.benchmarks.report import add_output_arguments, add_threads_argument, report
from srm_mmseg.engine.fast_inference import fast_inference
from srm_mmseg.engine.kept_memory import keep_freed_memory


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--sizes', type=int, nargs='+', default=[225, 353, 481, 705])
    parser.add_argument('--stages', type=int, nargs='+', default=[1, 2, 3], choices=[1, 2, 3])
    parser.add_argument('--batches', type=int, nargs='+', default=[1, 8, 16])
    parser.add_argument('--repeats', type=int, default=3)
    add_output_arguments(parser)
    add_threads_argument(parser)


def run(args: argparse.Namespace) -> None:
    """Time the fused model in float32 at each size, in turn."""
    torch.set_num_threads(args.threads)
    keep_freed_memory()
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    rows = []
    for stages in args.stages:
        for batch in args.batches:
            # A model for each size: weights are laid out for one size at a time.
            runs = [
                partial(
                    fast_inference(srm(stages).to(device)),
                    torch.randn(batch, 3, size, size, device=device),
                    mode='tensor',
                )
                for size in args.sizes
            ]
            with torch.inference_mode():
                seconds = in_turn(runs, args.repeats)
            for size, times in zip(args.sizes, seconds):
                median = summary(times)['median_ms']
                rows.append(
                    {
                        'network': f'SRM, T = {stages}, {size}x{size}',
                        'batch': batch,
                        'ms_an_image': median / batch,
                        'ns_a_pixel': 1e6 * median / batch / size**2,
                    }
                )
    report(rows, args, 'ns_a_pixel', 'nanoseconds a pixel')
