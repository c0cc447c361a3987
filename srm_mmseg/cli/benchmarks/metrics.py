"""``benchmark.py metrics``: our measures and PySODMetrics' on the same maps."""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import cv2
import numpy as np
from tqdm import tqdm

from srm_mmseg.cli.benchmarks.report import add_output_arguments, report
from srm_mmseg.datasets.saliency_mask import read_mask
from srm_mmseg.datasets.stems import files_by_stem
from srm_mmseg.datasets.toy_pairs import make_pair
from srm_mmseg.evaluation.map_folder import SUFFIXES, read_map
from srm_mmseg.evaluation.map_score import MapScore, average_scores, score_map
from srm_mmseg.evaluation.measures import MEASURES

Pair = tuple[np.ndarray, np.ndarray]  # a map, 0 to 255, and a mask, {0, 1}: H x W, uint8

WITHOUT_WF = tuple(name for name in MEASURES if name != 'wF')
ROWS = {
    'MAE': (('MAE',), ('MAE',)),
    'F': (('maxF', 'maxF_pr', 'meanF', 'adpF'), ('Fmeasure',)),
    'E': (('maxE', 'meanE', 'adpE'), ('Emeasure',)),
    'Sm': (('Sm',), ('Smeasure',)),
    'wF': (('wF',), ('WeightedFmeasure',)),
    'all but wF': (WITHOUT_WF, ('MAE', 'Fmeasure', 'Emeasure', 'Smeasure')),
    'all': (MEASURES, ('MAE', 'Fmeasure', 'Emeasure', 'Smeasure', 'WeightedFmeasure')),
}
"""Row of the table -> our measures, and PySODMetrics' classes that compute the same."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--gt', metavar='DIR', help='masks; generated ones by default')
    parser.add_argument('--pred', metavar='DIR', help='maps, named as the masks are')
    parser.add_argument(
        '--sizes',
        nargs='+',
        default=['481x321', '1920x1080'],
        metavar='WxH',
        help='resize to these',
    )
    parser.add_argument('--images', type=int, default=20, help='pairs at each size')
    parser.add_argument('--repeats', type=int, default=5, help='runs, of which the best counts')
    parser.add_argument('--jobs', type=int, default=os.cpu_count(), help='threads of the last row')
    add_output_arguments(parser)


def generated_pair(index: int) -> Pair:
    """Draw a mask and a map that blurs it, with a haze of false alarms."""
    rng = np.random.default_rng(index)
    _, mask = make_pair(rng)
    haze = cv2.resize(rng.uniform(-1, 1, (6, 6)), mask.shape[::-1], interpolation=cv2.INTER_CUBIC)
    saliency = cv2.GaussianBlur(mask.astype(np.float64), (0, 0), 4) + 120 * np.maximum(haze, 0)
    return np.clip(saliency, 0, 255).astype(np.uint8), mask // 255


def read_pairs(truth: str, prediction: str, count: int) -> list[Pair]:
    """Read the first pairs of two folders."""
    masks, maps = files_by_stem(truth, SUFFIXES), files_by_stem(prediction, SUFFIXES)
    stems = sorted(masks.keys() & maps.keys())[:count]
    if not stems:
        raise ValueError(f'expected maps in {prediction!r} named as the masks in {truth!r}.')
    return [(read_map(maps[stem]), read_mask(masks[stem])) for stem in stems]


def resized(pair: Pair, size: str) -> Pair:
    """Resize a pair to 'WIDTHxHEIGHT'."""
    width, height = map(int, size.split('x'))
    saliency, mask = pair
    return (
        cv2.resize(saliency, (width, height)),
        cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST),
    )


def ours(pairs: Sequence[Pair], measures: Sequence[str], jobs: int = 1) -> None:
    """Score pairs with our measures."""

    def score(pair: Pair) -> MapScore:
        saliency, mask = pair
        return score_map(saliency, mask, measures=measures)

    if jobs == 1:
        scores = list(map(score, pairs))
    else:
        with ThreadPoolExecutor(jobs) as pool:
            scores = list(pool.map(score, pairs))
    average_scores(scores, measures)


def reference(pairs: Sequence[Pair], classes: Sequence[str]) -> None:
    """Score pairs with PySODMetrics, on one thread."""
    import py_sod_metrics

    measures = [getattr(py_sod_metrics, name)() for name in classes]
    for saliency, mask in pairs:
        for measure in measures:
            measure.step(saliency, mask)
    for measure in measures:
        measure.get_results()


def rates(count: int, repeats: int, *contestants: Callable[[], None]) -> list[float]:
    """Time contestants in turn; images a second of each one's best run."""
    seconds = [float('inf')] * len(contestants)
    for _ in range(repeats):
        for index, run in enumerate(contestants):
            start = time.perf_counter()
            run()
            seconds[index] = min(seconds[index], time.perf_counter() - start)
    return [count / best for best in seconds]


def run(args: argparse.Namespace) -> None:
    """Print images a second of ours and of PySODMetrics, and the ratio."""
    if (args.gt is None) != (args.pred is None):
        raise ValueError('expected --gt and --pred, or neither of them')
    warnings.simplefilter('ignore')  # PySODMetrics announces a successor of Fmeasure
    cv2.setNumThreads(1)
    if args.gt:
        pairs = read_pairs(args.gt, args.pred, args.images)
    else:
        pairs = [generated_pair(index) for index in range(args.images)]
    rows = {name: (*row, 1) for name, row in ROWS.items()}
    rows[f'all, {args.jobs} threads'] = (*ROWS['all'], args.jobs)
    table = []
    progress = tqdm(total=len(args.sizes) * len(rows), unit='row')
    for size in args.sizes:
        # PySODMetrics takes masks of 0 and 255; it gets them ready, as ours gets {0, 1}.
        ours_in = [resized(pair, size) for pair in pairs]
        reference_in = [(saliency, mask * np.uint8(255)) for saliency, mask in ours_in]
        for name, (measures, classes, jobs) in rows.items():
            fast, slow = rates(
                len(pairs),
                args.repeats,
                partial(ours, ours_in, measures, jobs),
                partial(reference, reference_in, classes),
            )
            table.append(
                {
                    'measures': name,
                    'size': size,
                    'images_a_second': fast,
                    'PySODMetrics_images_a_second': slow,
                    'ratio': fast / slow,
                }
            )
            progress.update()
    progress.close()
    report(table, args, 'ratio', 'times as fast as PySODMetrics')
    print(f'{len(pairs)} maps; one thread each but in the last row of a size, where ours has more')
