"""``benchmark.py memory``: peak memory of a forward pass and of a training step."""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import nn
from tqdm import tqdm

from srm_mmseg.cli.benchmarks.infer import forward_pass
from srm_mmseg.cli.benchmarks.measure import peak_above
from srm_mmseg.cli.benchmarks.networks import (
    Builder,
    as_it_is,
    inference_contestants,
    training_contestants,
)
from srm_mmseg.cli.benchmarks.report import (
    add_networks_argument,
    add_output_arguments,
    add_threads_argument,
    report,
)
from srm_mmseg.cli.benchmarks.train import batch_of, training_step
from srm_mmseg.cli.benchmarks.trunk_models import of_config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--size', type=int, default=353, help='side of the images')
    parser.add_argument('--infer-batch', type=int, default=8)
    parser.add_argument('--train-batch', type=int, default=4)
    parser.add_argument(
        '--trunks',
        nargs='+',
        metavar='CONFIG',
        help='measure training steps of these configs instead, such as srm_swin-t_duts, by T and with '
        'and without checkpointing (with_cp)',
    )
    add_networks_argument(parser)
    add_output_arguments(parser)
    add_threads_argument(parser)


def rows_of(
    what: str,
    batch: int,
    builders: Mapping[str, Builder],
    make_run: Callable[[str, nn.Module], Callable[[], object]],
) -> list[dict]:
    """Measure a run of each network, built and let go one by one, against the first."""
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    rows: list[dict] = []
    for name, make in tqdm(builders.items(), what, leave=False):
        run = make_run(name, make(device))
        run()
        used = peak_above(run)
        plain = rows[0]['peak_GiB'] if rows else used
        rows.append(
            dict(network=name, batch=batch, what=what, peak_GiB=used, of_plain=used / plain)
        )
    return rows


def run_by_stages(args: argparse.Namespace, device: str) -> None:
    """Measure training steps of configs by T, with and without checkpointing."""
    data = batch_of(args.train_batch, args.size, device)
    rows = []
    for config, stages in itertools.product(args.trunks, (1, 2, 3)):
        builders = {
            f'{config}, T = {stages}{", with_cp" if with_cp else ""}': as_it_is(
                partial(of_config, config, stages, with_cp)
            )
            for with_cp in (False, True)
        }
        rows += rows_of(
            'train',
            args.train_batch,
            builders,
            lambda name, model: training_step(name, model, *data),
        )
    report(rows, args, 'peak_GiB', f'GiB, {args.size} x {args.size}')


def run(args: argparse.Namespace) -> None:
    """Measure what ``infer`` and ``train`` time."""
    torch.set_num_threads(args.threads)
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    if args.trunks:
        run_by_stages(args, device)
        return
    images, _ = batch_of(args.infer_batch, args.size, device)
    data = batch_of(args.train_batch, args.size, device)
    rows = rows_of(
        'infer',
        args.infer_batch,
        inference_contestants(['float32', 'bfloat16'], args.only_srm),
        lambda name, model: forward_pass(model, images),
    )
    rows += rows_of(
        'train',
        args.train_batch,
        training_contestants(args.only_srm),
        lambda name, model: training_step(name, model, *data),
    )
    report(rows, args, 'of_plain', 'of the plain graph')
