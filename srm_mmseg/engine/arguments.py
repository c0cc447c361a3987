"""Flags of the commands that read a config; importing it needs no toolbox."""

from __future__ import annotations

import argparse

from srm_mmseg.engine.settings import add_settings_argument
from srm_mmseg.zoo.cards import cards

LAST = 'last'  # the value of --resume without a checkpoint
MINUTES = 10.0
"""How long a process waits for the others, unless ``--timeout`` or the config says otherwise."""


def add_config_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the config and the toolbox's flags that change it."""
    parser.add_argument('config', help='config file')
    parser.add_argument('--work-dir', help='folder of logs and weights')
    add_settings_argument(parser)


def add_checkpoint_argument(parser: argparse.ArgumentParser) -> None:
    """Add the weights of the config, which a model of the zoo has itself."""
    parser.add_argument(
        'checkpoint',
        nargs='?',
        help='path or URL of weights, which must fit the model exactly; a model of the zoo, named in '
        'place of a config, has its own',
    )


def parse_with_checkpoint(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Read the command line; without a checkpoint, take that of the model of the zoo.

    An exported file (``--backend``) needs none.
    """
    args = parser.parse_intermixed_args()  # the checkpoint may come after flags
    if args.checkpoint is None and not getattr(args, 'backend', None):
        if args.config not in cards():
            parser.error(f'expected a checkpoint for the config {args.config!r}')
        args.checkpoint = f'zoo://{args.config}'
    return args


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
