"""Compute saliency maps, cut-outs and overlays of photographs and videos.

``python tools/infer.py photos --out DIR --save map,cutout`` writes with the model in the box
``DIR/map/NAME.png`` and ``DIR/cutout/NAME.png``; NAME is a file's path below its folder, without the
suffix, which stays where files differ in it alone. A video becomes ``DIR/map/NAME.mp4`` and
``DIR/overlay/NAME.mp4``, frame by frame. What was drawn already, of a file with the same content, is
not computed again, so that a run that was stopped goes on. The exit code is 1 if an input failed;
the others are done. A disk that takes no more ends the run.
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import suppress
from pathlib import Path
from pickle import UnpicklingError

import cv2

from srm_mmseg.apis import SaliencyInferencer
from srm_mmseg.apis.arguments import add_model_arguments, open_inferencer
from srm_mmseg.apis.claims import PICTURES, Claim, claim, refuse
from srm_mmseg.apis.drawing import draw_images, draw_videos
from srm_mmseg.apis.fingerprint import model_fingerprint
from srm_mmseg.apis.inputs import Found, find
from srm_mmseg.apis.output_folder import OutputError
from srm_mmseg.apis.recording import import_av
from srm_mmseg.apis.shard import add_shard_argument
from srm_mmseg.cli.quiet import quiet
from srm_mmseg.engine.kept_memory import keep_freed_memory
from srm_mmseg.terminal import counted, print_any_text, printable


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        'inputs',
        nargs='+',
        metavar='INPUT',
        help="images, folders, patterns ('photos/**/*.jpg'), videos, or the index of a webcam",
    )
    add_model_arguments(parser)
    add_shard_argument(parser)
    parser.add_argument('--out', required=True, type=Path, help='folder to write to')
    parser.add_argument(
        '--save',
        type=kinds,
        default=('map',),
        metavar='KIND,...',
        help='map (grey), overlay, cutout (RGBA), stages (strip of all stages); map by default',
    )
    parser.add_argument('--batch-size', type=int, default=8, help='images a forward pass')
    parser.add_argument(
        '--frames', type=one_or_more, metavar='N', help='stop a video after N frames'
    )
    parser.add_argument(
        '--overwrite',
        action='store_true',
        help='draw anew; older pictures of the inputs, of every kind, are removed first',
    )
    parser.add_argument(
        '-v', '--verbose', action='store_true', help='print what the toolbox says as well'
    )
    return parser.parse_args()


def one_or_more(text: str) -> int:
    """Read a count."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'expected 1 or more, but got {text!r}')
    return min(int(text), sys.maxsize)


def kinds(text: str) -> tuple[str, ...]:
    """Split what ``--save`` names."""
    names = tuple(name.strip() for name in text.split(','))
    for name in names:
        if name not in PICTURES:
            raise argparse.ArgumentTypeError(
                f'expected some of {",".join(PICTURES)}, but got {name!r}'
            )
    return names


def open_inputs(args: argparse.Namespace) -> tuple[Found, SaliencyInferencer, Claim]:
    """Find the inputs, open the model, and claim the output folder for what is to be drawn.

    Raises:
        ImportError, OSError, UnpicklingError, ValueError: If one of them is not as it should be.
    """
    found = find(args.inputs)
    if found.videos:
        import_av()
    refuse(found, args.out, args.save)
    if args.shard.of(found).is_empty():
        inputs = counted(len(found.images) + len(found.videos), 'input')
        print(f'shard {args.shard} has none of {inputs}: there is nothing to draw')
        sys.exit(0)
    with quiet(args.verbose):
        inferencer = open_inferencer(args, args.batch_size)
        model = model_fingerprint(inferencer.choice)
    print(inferencer.runs_on)
    return found, inferencer, claim(found, args.out, args.save, model, args.overwrite, args.shard)


def main() -> None:
    print_any_text()
    args = parse_args()
    keep_freed_memory()
    cv2.setNumThreads(1)  # images are worked on side by side instead
    try:
        found, inferencer, (folder, images, videos, skipped) = open_inputs(args)
    except (ImportError, OSError, ValueError, UnpicklingError) as error:
        sys.exit(f'error: {error}')
    for line in found.left_out():
        print(line)
    if skipped:
        inputs = counted(skipped, 'input')
        print(f'skipped {inputs} whose pictures are in {printable(args.out)}')
    start = time.perf_counter()
    try:
        failures = list(draw_images(inferencer, images, folder)) if images else []
        frames, failed = draw_videos(inferencer, videos, folder, args.frames)
        done = len(images) - len(failures) + frames
        failures += failed
        folder.save()
        if not done:
            folder.withdraw()
    except (KeyboardInterrupt, OutputError) as error:
        with suppress(OutputError):  # there may be room for the note still
            folder.save()
        if isinstance(error, OutputError):
            sys.exit(f'error: {error}')
        print('interrupted: the same command goes on, without --overwrite', file=sys.stderr)
        sys.exit(130)
    seconds = time.perf_counter() - start
    speed = f'{seconds:.1f} s, {done / seconds:.1f}/s'
    drawn = counted(done, 'image or frame', 'images or frames')
    print(f'{drawn} in {speed}, in {printable(args.out)}')
    if failures:
        named = map(printable, failures)
        print(f'{counted(len(failures), "input")} failed:', *named, sep='\n  ', file=sys.stderr)
        sys.exit(1)
