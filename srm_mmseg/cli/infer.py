"""Compute saliency maps, cut-outs and overlays of photographs and videos.

``python tools/infer.py photos --config C --checkpoint W --out DIR --save map,cutout`` writes
``DIR/map/NAME.png`` and ``DIR/cutout/NAME.png``; NAME is a file's path below its folder, without the
suffix, which stays where files differ in it alone. A video becomes ``DIR/map/NAME.mp4`` and
``DIR/overlay/NAME.mp4``, frame by frame. What was drawn already, of a file with the same content, is
not computed again, so that a run that was stopped goes on. The exit code is 1 if an input failed;
the others are done. A disk that takes no more ends the run.
"""

from __future__ import annotations

import argparse
import glob
import os.path as osp
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import islice, tee
from pathlib import Path
from pickle import UnpicklingError

import cv2
import numpy as np
from tqdm import tqdm

from srm_mmseg.apis import Failure, Saliency, SaliencyInferencer
from srm_mmseg.apis.arguments import add_model_arguments
from srm_mmseg.apis.fingerprint import model_fingerprint
from srm_mmseg.apis.inputs import Found, find
from srm_mmseg.apis.ordered import mapped
from srm_mmseg.apis.output_folder import OutputError, OutputFolder
from srm_mmseg.apis.overlap import (
    refuse_in_folders,
    refuse_in_pattern,
    refuse_pictures_as_inputs,
)
from srm_mmseg.apis.recording import import_av
from srm_mmseg.apis.sources import Source
from srm_mmseg.apis.video import Video, VideoFile
from srm_mmseg.datasets.image_memory import MAP_BYTES, limit, shared_memory
from srm_mmseg.engine.kept_memory import keep_freed_memory
from srm_mmseg.saliency.encode import encode
from srm_mmseg.terminal import print_any_text, printable

PICTURES: dict[str, Callable[[Saliency], np.ndarray]] = {
    'map': Saliency.levels,
    'overlay': Saliency.overlay,
    'cutout': Saliency.cutout,
    'stages': Saliency.strip,
}
OF_VIDEOS = ('map', 'overlay')
WRITERS = 4  # threads that encode and write beside the network


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
    parser.add_argument('--overwrite', action='store_true', help='compute what is there as well')
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


def picture_names(
    images: Sequence[Source], videos: Sequence[tuple[str, str | int]]
) -> dict[str, str | int]:
    """Tell what pictures are of, by the names of their files."""
    names: dict[str, str | int] = {f'{one.name}.png': one.origin for one in images}
    return names | {f'{name}.mp4': origin for name, origin in videos}


def refuse_overlap(args: argparse.Namespace, found: Found) -> None:
    """Refuse outputs among the inputs.

    Raises:
        ValueError: If an input is an output, or the next run would take an output for an input.
    """
    names = picture_names(found.images, found.videos)
    pictures = [args.out / kind / name for kind in args.save for name in names]
    files = [origin for origin in names.values() if isinstance(origin, str)]
    folders = {*PICTURES, *(picture.parent.relative_to(args.out) for picture in pictures)}
    refuse_pictures_as_inputs(args.out, map(str, folders), files)
    for given, entered in found.entered.items():
        refuse_in_folders(args.out, PICTURES, given, entered)
        if not osp.lexists(given) and glob.has_magic(given):
            refuse_in_pattern(args.out, pictures, given)


def write_pictures(result: Saliency | Failure, folder: OutputFolder) -> Failure | None:
    """Write the pictures of an image.

    Raises:
        OutputError: If nothing more can be written.
    """
    if isinstance(result, Failure):
        if isinstance(result.error, OutputError):
            raise result.error
        return result
    name = f'{result.name}.png'
    try:
        with shared_memory():
            for kind in folder.kinds:
                folder.write(kind, name, encode(PICTURES[kind](result)))
    except OutputError:
        raise
    except (OSError, ValueError) as error:
        return Failure(result.source, error)
    folder.done(name)
    return None


def run_images(
    inferencer: SaliencyInferencer, images: list[Source], folder: OutputFolder
) -> Iterator[str]:
    """Write the pictures of images, with a progress bar; yields what failed.

    Raises:
        OutputError: If nothing more can be written.
    """
    watched = (folder.watched(f'{one.name}.png', one) for one in images)
    results = inferencer(watched, stages='stages' in folder.kinds, raise_errors=False)
    with ThreadPoolExecutor(WRITERS) as pool:
        written = mapped(
            pool,
            lambda result: write_pictures(result, folder),
            results,
            2 * WRITERS,
            lambda result: 0 if isinstance(result, Failure) else MAP_BYTES * result.map.size,
            limit(),
        )
        for failure in tqdm(written, total=len(images), unit='image', dynamic_ncols=True):
            if failure is not None:
                yield str(failure.error)


def run_video(
    inferencer: SaliencyInferencer,
    name: str,
    origin: str | int,
    folder: OutputFolder,
    most_frames: int | None,
) -> int:
    """Write the videos of a video's pictures, with a progress bar; returns the frames.

    Raises:
        OutputError: If nothing more can be written.
        ValueError: If the video cannot be read whole.
    """
    if isinstance(origin, str) and osp.isfile(origin):
        folder.look(f'{name}.mp4', origin)
    video = Video(origin)
    paths = {kind: folder.picture(kind, f'{name}.mp4') for kind in folder.kinds}
    outputs = {
        kind: VideoFile(path, video.rate, video.tick, video.sound()) for kind, path in paths.items()
    }
    total = min(filter(None, (video.declared, most_frames)), default=None)
    bar = tqdm(desc=printable(name), total=total, unit='frame', dynamic_ncols=True)
    try:
        try:
            frames, shown = tee(islice(video.timed_frames(), most_frames))
            for saliency, frame in zip(inferencer(one.pixels for one in frames), shown):
                for kind, output in outputs.items():
                    with folder.writing(paths[kind]):
                        output.write(PICTURES[kind](saliency), frame)
                bar.update()
        except KeyboardInterrupt:
            if not isinstance(origin, int) or not bar.n:  # how a webcam is stopped
                raise
        for kind, output in outputs.items():
            with folder.writing(paths[kind]):
                output.finish(is_cut=bar.n == most_frames)
        if any(output.lost_sound for output in outputs.values()):
            bar.write(
                f'{printable(name)}: MP4 cannot hold its sound, which is left out', file=sys.stderr
            )
        folder.done(f'{name}.mp4')
    finally:
        bar.close()
        for output in outputs.values():
            output.discard()
    return bar.n


def open_folder(
    args: argparse.Namespace, found: Found
) -> tuple[SaliencyInferencer, OutputFolder, set[str]]:
    """Open the model and the output folder, and tell which pictures are to be drawn.

    Raises:
        ImportError, OSError, UnpicklingError, ValueError: If one of them is not as it should be.
    """
    not_of_videos = set(args.save) - set(OF_VIDEOS)
    if found.videos and not_of_videos:
        raise ValueError(
            f'Expected --save of {" and ".join(OF_VIDEOS)} for videos, but got '
            f'{", ".join(sorted(not_of_videos))} with {found.videos[0][1]!r}. Run photographs and '
            'videos one after the other.'
        )
    refuse_overlap(args, found)
    inferencer = SaliencyInferencer(
        args.config, args.checkpoint, args.device, args.batch_size, args.fast
    )
    model = model_fingerprint(args.config, args.checkpoint, args.fast)
    folder = OutputFolder(args.out, args.save, tuple(PICTURES), model)
    todo = folder.claim(picture_names(found.images, found.videos), args.overwrite)
    return inferencer, folder, set(todo)


def main() -> None:
    print_any_text()
    args = parse_args()
    keep_freed_memory()
    cv2.setNumThreads(1)  # images are worked on side by side instead
    try:
        found = find(args.inputs)
        if found.videos:
            import_av()
        inferencer, folder, todo = open_folder(args, found)
    except (ImportError, OSError, ValueError, UnpicklingError) as error:
        sys.exit(f'error: {error}')
    if found.others:
        first = printable(found.others[0])
        print(f'left out {len(found.others)} files that are no images, such as {first}')
    if found.hidden:
        first = printable(found.hidden[0])
        print(f'left out {len(found.hidden)} hidden files and folders, such as {first}')
    images = [one for one in found.images if f'{one.name}.png' in todo]
    videos = [one for one in found.videos if f'{one[0]}.mp4' in todo]
    skipped = len(found.images) + len(found.videos) - len(todo)
    if skipped:
        print(f'skipped {skipped} inputs whose pictures are in {printable(args.out)}')
    start = time.perf_counter()
    failures: list[str] = []
    try:
        failures.extend(run_images(inferencer, images, folder) if images else ())
        done = len(images) - len(failures)
        for name, origin in videos:
            try:
                done += run_video(inferencer, name, origin, folder, args.frames)
            except OutputError:
                raise
            except (OSError, ValueError) as error:
                failures.append(str(error))
        folder.save()
    except KeyboardInterrupt:
        with suppress(OutputError):
            folder.save()
        print('interrupted: the same command goes on, without --overwrite', file=sys.stderr)
        sys.exit(130)
    except OutputError as error:
        with suppress(OutputError):  # there may be room for the note still
            folder.save()
        sys.exit(f'error: {error}')
    seconds = time.perf_counter() - start
    speed = f'{seconds:.1f} s, {done / seconds:.1f}/s'
    print(f'{done} images or frames in {speed}, in {printable(args.out)}')
    if failures:
        named = map(printable, failures)
        print(f'{len(failures)} inputs failed:', *named, sep='\n  ', file=sys.stderr)
        sys.exit(1)
