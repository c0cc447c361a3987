"""``benchmark.py memory``: peak memory of a forward pass and of a training step."""

from __future__ import annotations

import argparse
import multiprocessing
import resource
from pathlib import Path

import torch

from benchmarks.networks import inference_contestants, training_contestants
from benchmarks.report import add_output_arguments, report
from benchmarks.train import steps
from srm_mmseg.engine.peak_memory import peak_memory


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--size', type=int, default=353, help='side of the images')
    parser.add_argument('--infer-batch', type=int, default=8)
    parser.add_argument('--train-batch', type=int, default=4)
    add_output_arguments(parser)


def held() -> int:
    """Tell how many bytes the process, or the GPU, holds now."""
    if torch.cuda.is_available():
        return torch.cuda.memory_allocated()
    return int(Path('/proc/self/statm').read_text().split()[1]) * resource.getpagesize()


def peak() -> int:
    """Tell how many bytes the process, or the GPU, has held at most."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated()
    return peak_memory()


def measure(kind: str, name: str, batch: int, size: int, threads: int) -> float:
    """Run one contestant in this fresh process; GiB above what weights and libraries hold."""
    torch.set_num_threads(threads)
    if kind == 'train':
        step = steps(size, batch)[name]()
        before = held()
        step()
        step()
    else:
        device = 'cuda' if torch.cuda.is_available() else 'cpu'
        contestants = inference_contestants(size, [], device)
        model = next(c.model for c in contestants if c.name == name)
        image = torch.randn(batch, 3, size, size, device=device)
        before = held()
        with torch.inference_mode():
            model(image, mode='tensor')
    return (peak() - before) / 2**30


def run(args: argparse.Namespace) -> None:
    """Measure each contestant in a process of its own."""
    context = multiprocessing.get_context('spawn')
    forms = ['SRM, plain graph', 'SRM, fast path, channels first', 'SRM, fast path']
    jobs = [('infer', name, args.infer_batch) for name in forms]
    jobs += [('train', name, args.train_batch) for name in training_contestants()]
    rows: list[dict] = []
    for kind, name, batch in jobs:
        with context.Pool(1) as pool:
            used = pool.apply(measure, (kind, name, batch, args.size, args.threads))
        first = next((row['peak_GiB'] for row in rows if row['what'] == kind), used)
        rows.append(
            {
                'network': name,
                'what': kind,
                'batch': batch,
                'peak_GiB': used,
                'of_plain': used / first,
            }
        )
    report(rows, args)
