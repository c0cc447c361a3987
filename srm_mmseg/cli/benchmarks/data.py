"""``benchmark.py data``: whether loading keeps up with the model."""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from srm_mmseg.cli.benchmarks.networks import srm
from srm_mmseg.cli.benchmarks.report import add_output_arguments, add_threads_argument, report
from srm_mmseg.config_names import find_config
from srm_mmseg.datasets.toy_set import write_split
from srm_mmseg.engine.fast_inference import fast_inference

CONFIG = find_config('srm_r50_duts')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--images', metavar='DIR', help='photographs; generated ones by default')
    parser.add_argument('--masks', metavar='DIR', help='their masks')
    parser.add_argument('--batch', type=int, default=4)
    parser.add_argument('--workers', type=int, default=1, help='processes that load')
    parser.add_argument('--steps', type=int, default=10, help='batches of each measurement')
    add_output_arguments(parser)
    add_threads_argument(parser)


def loader(args: argparse.Namespace, root: str, kind: str) -> Iterable:
    """Build the data loader of ``srm_r50_duts.py`` for the folders."""
    init_default_scope('mmseg')
    config = Config.fromfile(CONFIG)[f'{kind}_dataloader']
    config.update(batch_size=args.batch, num_workers=args.workers, persistent_workers=True)
    config.sampler = dict(type='InfiniteSampler', shuffle=True)
    config.dataset.num_pairs = None  # a folder of any size
    config.dataset.data_prefix = dict(
        img_path=str(Path(args.images or f'{root}/DUTS-TR/DUTS-TR-Image').resolve()),
        seg_map_path=str(Path(args.masks or f'{root}/DUTS-TR/DUTS-TR-Mask').resolve()),
    )
    return Runner.build_dataloader(config)


def seconds(batches: Iterator, step: Callable, count: int) -> float:
    """Time steps on batches; the first two warm up."""
    for batch in itertools.islice(batches, 2):
        step(batch)
    start = time.perf_counter()
    for batch in itertools.islice(batches, count):
        step(batch)
    return time.perf_counter() - start


def training(model: Any) -> Callable:
    """Make a training step on a batch of the data loader."""
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-6, momentum=0.9)

    def step(batch: dict) -> None:
        data = model.data_preprocessor(batch, training=True)
        model.parse_losses(model(**data, mode='loss'))[0].backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step


def run(args: argparse.Namespace) -> None:
    """Compare loops that load with the same work on one batch again and again."""
    if (args.images is None) != (args.masks is None):
        raise ValueError('expected --images and --masks, or neither of them')
    torch.set_num_threads(args.threads)
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    with tempfile.TemporaryDirectory() as folder:
        if not args.images:
            write_split(Path(folder), 'DUTS-TR', 64, seed=0)
        train, test = (iter(loader(args, folder, kind)) for kind in ('train', 'test'))
        step = training(srm().to(device))
        fast: Any = fast_inference(srm().to(device))
        batch, tested = next(train), next(test)
        with torch.inference_mode():
            images = fast.data_preprocessor(tested, training=False)['inputs']
        count = args.steps
        measured = {
            'loading alone': seconds(train, lambda batch: None, 4 * count) / 4,
            'training step alone': seconds(itertools.repeat(batch), step, count),
            'training with loading': seconds(train, step, count),
        }
        with torch.inference_mode():
            measured |= {
                'forward alone': seconds(
                    itertools.repeat(images), lambda x: fast(x, mode='tensor'), 4 * count
                )
                / 4,
                'inference over a folder': seconds(test, fast.test_step, 4 * count) / 4,
            }
    rates = {name: args.batch * count / spent for name, spent in measured.items()}
    bare = {
        'training with loading': 'training step alone',
        'inference over a folder': 'forward alone',
    }
    report(
        [
            {
                'network': name,
                'batch': args.batch,
                'images_a_second': rate,
                'ratio': rate / rates[bare.get(name, name)],
            }
            for name, rate in rates.items()
        ],
        args,
        'ratio',
        'of the bare step or forward pass',
    )
