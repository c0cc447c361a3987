"""``benchmark.py memory``: peak memory of a forward pass and of a training step."""

from __future__ import annotations

import argparse
import ctypes
import gc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

from benchmarks.networks import inference_contestants
from benchmarks.report import add_output_arguments, add_threads_argument, report
from benchmarks.train import steps
from srm_mmseg.engine.peak_memory import peak_memory


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--size', type=int, default=353, help='side of the images')
    parser.add_argument('--infer-batch', type=int, default=8)
    parser.add_argument('--train-batch', type=int, default=4)
    add_output_arguments(parser)
    add_threads_argument(parser)


def peak_above(run: Callable[[], object]) -> float:
    """Measure how much more memory is in use at the peak of a run than before it, in GiB.

    It must have run before: what it keeps, such as momentum, does not count.
    """
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        run()
        return (torch.cuda.max_memory_allocated() - before) / 2**30
    ctypes.CDLL(None).malloc_trim(0)
    Path('/proc/self/clear_refs').write_text('5')  # the peak is what is in use now
    before = peak_memory()
    run()
    return (peak_memory() - before) / 2**30


def run(args: argparse.Namespace) -> None:
    """Measure SRM's forms, one after the other."""
    torch.set_num_threads(args.threads)
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    rows: list[dict] = []

    def add_row(name: str, what: str, batch: int, run: Callable[[], object]) -> None:
        run()
        used = peak_above(run)
        plain = next((row['peak_GiB'] for row in rows if row['what'] == what), used)
        rows.append(
            dict(network=name, batch=batch, what=what, peak_GiB=used, of_plain=used / plain)
        )

    image = torch.randn(args.infer_batch, 3, args.size, args.size, device=device)
    for name, make in inference_contestants(['float32', 'bfloat16']).items():
        if name.startswith('SRM'):
            with torch.inference_mode():
                add_row(
                    name, 'infer', args.infer_batch, partial(make(device), image, mode='tensor')
                )
    for name, make_step in steps(args.size, args.train_batch).items():
        add_row(name, 'train', args.train_batch, make_step())
    report(rows, args, 'of_plain', 'of the plain graph')
