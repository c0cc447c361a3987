"""Flags of the tools that say which model runs, and how; importing it needs no toolbox."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from srm_mmseg.apis.inferencer import SaliencyInferencer
from srm_mmseg.zoo.cards import DEFAULT

DTYPES = ('float32', 'bfloat16', 'float16')
PRECISIONS = ('f32', 'bf16', 'int8', 'auto')


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what :class:`~srm_mmseg.apis.SaliencyInferencer` opens a model with."""
    parser.add_argument(
        '--config',
        default=DEFAULT,
        help='a model of the zoo (srm-mmseg models), %(default)s by default; the config of one of your '
        'own; or an exported file, *.onnx, *.xml or *.pt',
    )
    parser.add_argument('--checkpoint', help='weights of the config; they must fit exactly')
    parser.add_argument(
        '--device',
        default='auto',
        help='cpu, cuda, cuda:1, ..., or gpu (of Intel, by OpenVINO); by default a GPU of PyTorch if any',
    )
    add_fast_argument(parser, ('auto', *DTYPES))
    parser.add_argument(
        '--precision',
        choices=PRECISIONS,
        help='run an exported model by OpenVINO, computing in this; int8 of a file exported with --int8, '
        "auto is OpenVINO's choice",
    )


def add_fast_argument(parser: argparse.ArgumentParser, choices: Sequence[str] = DTYPES) -> None:
    """Add the flag that makes the model fast, None without it."""
    parser.add_argument(
        '--fast',
        nargs='?',
        const='float32',
        choices=choices,
        metavar='DTYPE',
        help=f'fold and merge the weights for speed, and compute in {", ".join(DTYPES)}'
        + '; auto: find the fastest engine and type by trying' * ('auto' in choices),
    )


def open_inferencer(args: argparse.Namespace, batch_size: int) -> SaliencyInferencer:
    """Open the model that the flags of :func:`add_model_arguments` say."""
    return SaliencyInferencer(
        args.config, args.checkpoint, args.device, batch_size, args.fast, args.precision
    )
