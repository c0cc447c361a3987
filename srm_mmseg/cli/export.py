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

SUFFIXES = dict(onnx='.onnx', openvino='.xml', torchscript='.pt')
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
    parser.add_argument('--format', choices=[*SUFFIXES], default='onnx')
    parser.add_argument(
        '--dynamic', action='store_true', help='ONNX, OpenVINO: batches and images of any size'
    )
    parser.add_argument('--stages', action='store_true', help='give the maps of all stages')
    parser.add_argument(
        '--no-softmax', action='store_true', help='give log-odds; their sigmoid is left outside'
    )
    parser.add_argument('--no-resize', action='store_true', help='give each stage at its own size')
    parser.add_argument(
        '--half',
        action='store_true',
        help='store weights in half the bytes: ONNX those that float16 holds exactly, as of a model of the '
        'zoo; OpenVINO all of them, rounded',
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
    add_int8_arguments(parser)
    add_settings_argument(parser)
    args = parse_with_checkpoint(parser)
    if args.format == 'torchscript' and (args.half or args.int8):
        parser.error('expected --format onnx or openvino with --half and --int8')
    if args.half and args.int8:
        parser.error(
            'expected --half or --int8, not both: weights of int8 take a quarter of the bytes'
        )
    for folder in filter(None, (args.calibrate, args.masks)):
        if not Path(folder).is_dir():
            parser.error(f'expected a folder, but {folder!r} is none')
    if args.int8 and args.no_softmax:
        parser.error('expected probabilities with --int8, by which it is measured: no --no-softmax')
    if args.int8 != bool(args.calibrate):
        parser.error('expected --int8 and --calibrate FOLDER together')
    if args.out.suffix != SUFFIXES[args.format]:
        parser.error(
            f'expected a name that ends in {SUFFIXES[args.format]}, by which {args.format} files are '
            f'known, but got {str(args.out)!r}'
        )
    return args


def add_int8_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of quantisation."""
    parser.add_argument(
        '--int8',
        action='store_true',
        help='quantise to 8 bits, unless that loses too much: by onnxruntime, or NNCF for OpenVINO',
    )
    parser.add_argument(
        '--calibrate',
        metavar='FOLDER',
        help='photographs of the kind that the model is for; ranges of values are taken from 300 at most',
    )
    parser.add_argument('--masks', metavar='FOLDER', help='their masks, to measure scores by')
    parser.add_argument(
        '--most-loss',
        type=float,
        nargs=2,
        default=(0.005, 0.003),
        metavar=('SM', 'MAE'),
        help='what int8 may lose on them (%(default)s); without masks the mean difference of maps counts '
        'for MAE',
    )
    parser.add_argument('--force', action='store_true', help='write it even so')


def main() -> None:
    print_any_text()
    args = parse_args()
    from srm_mmseg.jobs.export import run

    run(args)
