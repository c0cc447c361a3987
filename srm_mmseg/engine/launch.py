"""What ``tools/train.py`` and ``tools/test.py`` share."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mmengine.config import Config

from srm_mmseg.engine.config_file import BadConfigError, change, read_config, require, require_kinds
from srm_mmseg.engine.loaders import fit_to_workers
from srm_mmseg.engine.plain_errors import plain_file_errors as plain_file_errors
from srm_mmseg.engine.process_group import MINUTES
from srm_mmseg.engine.process_group import process_group as process_group
from srm_mmseg.engine.settings import add_settings_argument as add_settings_argument


def add_config_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the config and the toolbox's flags that change it."""
    parser.add_argument('config', help='config file')
    parser.add_argument('--work-dir', help='folder of logs and weights')
    add_settings_argument(parser)


def minutes(text: str) -> float:
    """Read a number of minutes above 0."""
    value = float(text)
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(f'Expected minutes above 0, but got {text}.')
    return value


def stage_number(text: str) -> int:
    """Read the number of a stage, as people count them."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'Expected a stage, 1 or more, but got {text!r}.')
    return int(text)


def add_launcher_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the toolbox's flags of distributed runs, and how long a process waits for the others."""
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='job launcher',
    )
    parser.add_argument(
        '--timeout',
        type=minutes,
        metavar='MINUTES',
        help='end a run of several processes when one does not answer for so long '
        f'(env_cfg.dist_cfg.timeout, in seconds, or {MINUTES:g})',
    )
    # torch.distributed passes either spelling, by version.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help=argparse.SUPPRESS)


def load_config(
    args: argparse.Namespace,
    data: str | None = None,
    needs: tuple[str, ...] = ('model', 'test_dataloader.dataset'),
) -> Config:
    """Read the config and apply the flags of :func:`add_config_arguments` to it.

    Args:
        args: The flags.
        data: A data-set config to test on instead.
        needs: Keys that the config must have.

    Raises:
        SystemExit: If the config or a setting cannot be used, with a line that says why.
    """
    try:
        config = read_config(args.config)
        if data:
            test_on(config, data)
        change(config, args.cfg_options)
        require_kinds(config)
        require(config, *needs)
    except BadConfigError as error:
        sys.exit(f'error: {error}')
    fit_to_workers(config)
    if args.work_dir or not config.get('work_dir'):
        config.work_dir = args.work_dir or str(Path('work_dirs', Path(args.config).stem))
    return config


def test_on(config: Config, path: str) -> None:
    """Replace the test set by that of a data-set config; the model keeps its own pipeline."""
    other_config = read_config(path)
    for one in (config, other_config):
        require(one, 'test_dataloader.dataset')
    own, other = config.test_dataloader.dataset, other_config.test_dataloader.dataset
    for one in other.get('datasets', [other]):
        one.pipeline = own.get('datasets', [own])[0].pipeline
    config.test_dataloader.dataset = other
