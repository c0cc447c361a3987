"""Flags of the tools that say which model runs, and how; importing it needs no toolbox."""

from __future__ import annotations

import argparse

from srm_mmseg.zoo.cards import DEFAULT

DTYPES = ('float32', 'bfloat16', 'float16')


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what :class:`~srm_mmseg.apis.SaliencyInferencer` opens a model with."""
    parser.add_argument(
        '--config',
        default=DEFAULT,
        help='a model of the zoo (srm-mmseg models), %(default)s by default; the config of one of your '
        'own; or an exported file, *.onnx or *.pt',
    )
    parser.add_argument('--checkpoint', help='weights of the config; they must fit exactly')
    parser.add_argument('--device', default='auto', help='cpu, cuda, cuda:1, ...; a GPU if any')
    add_fast_argument(parser)


def add_fast_argument(parser: argparse.ArgumentParser) -> None:
    """Add the flag that fuses the model, None without it."""
    parser.add_argument(
        '--fast',
        nargs='?',
        const='float32',
        choices=DTYPES,
        metavar='DTYPE',
        help=f'fuse the model for speed: weights are folded, merged and packed; {", ".join(DTYPES)}',
    )
