"""Speed and memory of contestants, measured in turn."""

from __future__ import annotations

import ctypes
import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
from tqdm import tqdm

from srm_mmseg.cli.benchmarks.networks import Builder
from srm_mmseg.engine.peak_memory import peak_memory
from srm_mmseg.models.cost import gmac, parameters


def compare(
    builders: Mapping[str, Builder],
    runs: Sequence[Callable[[], object]],
    batch: int,
    size: int,
    repeats: int,
) -> list[dict]:
    """Measure runs of networks, the first of which is 1 in the ratio.

    Args:
        builders: Of the networks, by name.
        runs: Of each network.
        batch: Images of a run.
        size: Side of the images.
        repeats: Of each run.

    Returns:
        A row a network. GMAC is of one image's forward pass.
    """
    seconds = in_turn(runs, repeats)
    peaks = [peak_above(run) for run in runs]
    first_ms = summary(seconds[0])['median_ms']
    rows = []
    for (name, make), times, peak in zip(builders.items(), seconds, peaks, strict=True):
        on_paper, times_ms = make('meta'), summary(times)
        rows.append(
            {
                'network': name,
                'batch': batch,
                'GMAC': gmac(on_paper, size),
                'Mparameters': parameters(on_paper),
                **times_ms,
                'ratio': first_ms / times_ms['median_ms'],
                'peak_GiB': peak,
            }
        )
    return rows


def in_turn(runs: Sequence[Callable[[], object]], repeats: int) -> list[list[float]]:
    """Run each once to warm up, then all in turn; seconds by run.

    Noise of the machine so falls on all of them alike.
    """
    seconds: list[list[float]] = [[] for _ in runs]
    for repeat in tqdm(range(repeats + 1), unit='round', leave=False):
        for index, run in enumerate(runs):
            start = time.perf_counter()
            run()
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            if repeat:
                seconds[index].append(time.perf_counter() - start)
    return seconds


def summary(seconds: Sequence[float]) -> dict[str, float]:
    """Compute the median and the spread (half of the middle 50 %), in milliseconds."""
    low, middle, high = statistics.quantiles(seconds, n=4) if len(seconds) > 1 else [seconds[0]] * 3
    return {'median_ms': 1e3 * middle, 'spread_ms': 1e3 * (high - low) / 2}


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
