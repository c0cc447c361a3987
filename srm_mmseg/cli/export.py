"""Export a model to a file that runs without the toolbox, and check the file against the model.

``python tools/export.py CONFIG WEIGHTS OUT --format onnx --dynamic --stages`` writes an ONNX file
for batches and images of any size that gives the maps of all stages.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from srm_mmseg.engine.arguments import add_checkpoint_argument, parse_with_checkpoint
from srm_mmseg.engine.settings import add_settings_argument
from srm_mmseg.terminal import print_any_text

SUFFIXES = dict(onnx='.onnx', torchscript='.pt')
"""Format -> how names of its files end."""


def size_argument(text: str) -> tuple[int, int]:
    """Read HxW."""
    found = re.fullmatch(r'(\d+)x(\d+)', text)
    if not found or '0' in found.groups():
        raise argparse.ArgumentTypeError(f'Expected HxW as in 353x353, but got {text!r}.')
    return int(found[1]), int(found[2])


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='config file')
    add_checkpoint_argument(parser)
    parser.add_argument('out', type=Path, help='file to write')
    parser.add_argument('--format', choices=['onnx', 'torchscript'], default='onnx')
    parser.add_argument(
        '--dynamic', action='store_true', help='ONNX: batches and images of any size'
    )
    parser.add_argument('--stages', action='store_true', help='give the maps of all stages')
    parser.add_argument(
        '--no-softmax', action='store_true', help='give log-odds; their sigmoid is left outside'
    )
    parser.add_argument('--no-resize', action='store_true', help='give each stage at its own size')
    parser.add_argument(
        '--half',
        action='store_true',
        help='ONNX: store in half the bytes those weights that float16 holds exactly, as of a model of '
        'the zoo; it computes in float32',
    )
    parser.add_argument(
        '--size',
        type=size_argument,
        metavar='HxW',
        help="the network's image size; the test pipeline's by default",
    )
    parser.add_argument(
        '--check',
        type=size_argument,
        nargs='+',
        metavar='HxW',
        help='sizes to check a dynamic file at, with batches of 1 and 4',
        default=[(225, 225), (353, 353), (353, 417), (417, 353)],
    )
    add_settings_argument(parser)
    args = parse_with_checkpoint(parser)
    if args.half and args.format != 'onnx':
        parser.error('expected --format onnx with --half')
    if args.out.suffix != SUFFIXES[args.format]:
        parser.error(
            f'expected a name that ends in {SUFFIXES[args.format]}, by which {args.format} files are '
            f'known, but got {str(args.out)!r}'
        )
    return args


def main() -> None:
    print_any_text()
    args = parse_args()
    from srm_mmseg.jobs.export import run

    run(args)
