"""Compute saliency maps, cut-outs and overlays of photographs and videos.

``python tools/infer.py photos --config C --checkpoint W --out DIR --save map,cutout`` writes
``DIR/map/NAME.png`` and ``DIR/cutout/NAME.png``; NAME is a file's path below its folder, without the
suffix, which stays where files differ in it alone. A video becomes ``DIR/map/NAME.mp4`` and
``DIR/overlay/NAME.mp4``, frame by frame. What is there already and newer than its photograph is not
computed again, so that a run that was stopped goes on. The exit code is 1 if an input failed; the
others are done.
"""

from __future__ import annotations

import argparse
import json
import os.path as osp
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from pickle import UnpicklingError

import cv2
import numpy as np
from tqdm import tqdm

from srm_mmseg.apis import Failure, Saliency, SaliencyInferencer
from srm_mmseg.apis.arguments import add_model_arguments
from srm_mmseg.apis.ordered import mapped
from srm_mmseg.apis.pictures import png, write_whole
from srm_mmseg.apis.sources import Source, file_source, files, has_suffix
from srm_mmseg.apis.video import VIDEO_SUFFIXES, Video, VideoFile
from srm_mmseg.engine.kept_memory import keep_freed_memory

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
    parser.add_argument('--frames', type=int, metavar='N', help='stop a video after N frames')
    parser.add_argument('--overwrite', action='store_true', help='compute what is there as well')
    return parser.parse_args()


def kinds(text: str) -> tuple[str, ...]:
    """Split what ``--save`` names."""
    names = tuple(name.strip() for name in text.split(','))
    for name in names:
        if name not in PICTURES:
            raise argparse.ArgumentTypeError(
                f'expected some of {",".join(PICTURES)}, but got {name!r}'
            )
    return names


def find(inputs: Sequence[str]) -> tuple[list[Source], list[tuple[str, str | int]], list[str]]:
    """List the images, the videos by name, and the files of folders that are neither.

    Raises:
        ValueError: If a folder or a pattern has no image and no video.
    """
    images: dict[tuple[str, str], Source] = {}
    videos: dict[tuple[str, str], str | int] = {}
    others = []
    for given in inputs:
        if given.isdigit() and not osp.lexists(given):
            videos[f'webcam{given}', given] = int(given)
            continue
        found = False
        for name, path in files(given):
            key = name, osp.abspath(path)
            if path.lower().endswith(VIDEO_SUFFIXES):
                videos[key] = path
            elif path == given or has_suffix(path):
                images[key] = file_source(name, path)
            else:
                others.append(path)
                continue
            found = True
        if not found:
            raise ValueError(
                f'Expected an image or a video in {given!r}, but got none. Check the path, and the '
                'suffixes of the files in it: others, such as .heic, must be converted first.'
            )
    named_images = zip(distinct_names([name for name, _ in images]), images.values())
    named_videos = zip(distinct_names([name for name, _ in videos]), videos.values())
    return [one._replace(name=name) for name, one in named_images], list(named_videos), others


def distinct_names(paths: list[str]) -> list[str]:
    """Cut suffixes off where no two files are told apart by them alone.

    Raises:
        ValueError: If two files have the same name with their suffixes too.
    """
    stems = [osp.splitext(path)[0] for path in paths]
    counts = Counter(stems)
    names = [stem if counts[stem] == 1 else path for stem, path in zip(stems, paths)]
    name, count = max(Counter(names).items(), key=lambda item: item[1], default=('', 1))
    if count > 1:
        raise ValueError(
            f'Expected inputs of different names, but {count} outputs would be called {name!r}. Give '
            'the folder above the inputs (names keep sub-folders), or another --out for each.'
        )
    return names


def refuse_out_in_input(args: argparse.Namespace) -> None:
    """Refuse a folder that is read.

    Raises:
        ValueError: If outputs would become inputs.
    """
    for given in args.inputs:
        if osp.isdir(given) and args.out.resolve().is_relative_to(Path(given).resolve()):
            raise ValueError(
                f'Expected --out outside of the input {given!r}, but got {str(args.out)!r}: the next '
                'run would take its pictures for photographs.'
            )


def model_of(args: argparse.Namespace) -> dict[str, str | None]:
    """Tell a model from others: its files, their times and the inference mode."""
    model = {'fast': args.fast}
    for key in ('config', 'checkpoint'):
        if getattr(args, key) is not None:
            path = Path(getattr(args, key)).expanduser().resolve()
            model[key] = f'{path}, {path.stat().st_mtime_ns}'
    return model


def read_note(note: Path) -> tuple[dict | None, dict[str, str]]:
    """Read which model wrote to a folder, and of which file each picture is.

    Raises:
        ValueError: If the note is damaged.
    """
    if not note.exists():
        return None, {}
    try:
        content = json.loads(note.read_text())
        return dict(content['model']), dict(content['sources'])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f'Expected {str(note)!r} to be as this tool writes it, but got another content '
            f'({error!r}). Remove the file and write the pictures anew with --overwrite, or name '
            'another --out.'
        ) from error


def claim(origins: dict[str, str | int], args: argparse.Namespace) -> None:
    """Note the model and the files that the pictures are of; ``--overwrite`` removes older ones.

    They are removed first, so that none is taken for done if the run is stopped.

    Args:
        origins: What the pictures are of, by the pictures' file names.
        args: The command line.

    Raises:
        ValueError: If there are pictures of another model or file.
    """
    note, model = args.out / 'model.json', model_of(args)
    noted, known = read_note(note)
    if noted not in (None, model):
        if not args.overwrite:
            raise ValueError(
                f'Expected {str(args.out)!r} to hold pictures of this model, but {str(note)!r} names '
                'another. Name another --out, or write over them all with --overwrite.'
            )
        known = {}
    files = {name: osp.realpath(one) for name, one in origins.items() if isinstance(one, str)}
    for name in origins:
        pictures = [args.out / kind / name for kind in PICTURES]
        if args.overwrite:
            for picture in pictures:
                picture.unlink(missing_ok=True)
        elif any(map(Path.exists, pictures)) and known.get(name, '') != files.get(name):
            raise ValueError(
                f'Expected pictures called {name!r} in {str(args.out)!r} to be of '
                f'{files.get(name, "an earlier run")!r}, but got those of '
                f'{known.get(name, "an unknown source")!r}. Name another --out, give the folder '
                'above the inputs (names keep sub-folders), or write over them with --overwrite.'
            )
    content = {'model': model, 'sources': {**known, **files}}
    write_whole(json.dumps(content, indent=2).encode(), note)


def picture_paths(name: str, args: argparse.Namespace) -> dict[str, Path]:
    """Tell where the pictures of a file name go, by their kind."""
    return {kind: args.out / kind / name for kind in args.save}


def is_done(name: str, origin: str | int, args: argparse.Namespace) -> bool:
    """Tell whether all pictures of a file are there and newer than it; never so of a webcam."""
    pictures = picture_paths(name, args).values()
    if isinstance(origin, int) or not osp.exists(origin) or not all(map(Path.exists, pictures)):
        return False
    return min(map(osp.getmtime, pictures)) >= osp.getmtime(origin)


def write_pictures(result: Saliency | Failure, args: argparse.Namespace) -> Failure | None:
    """Write the pictures of an image."""
    if isinstance(result, Failure):
        return result
    try:
        if len({*args.save} - {'map'}) > 1:
            result = result.held()
        for kind, path in picture_paths(f'{result.name}.png', args).items():
            write_whole(png(PICTURES[kind](result)), path)
    except (OSError, ValueError) as error:
        return Failure(result.source, error)
    return None


def run_images(
    inferencer: SaliencyInferencer, images: list[Source], args: argparse.Namespace
) -> Iterator[str]:
    """Write the pictures of images, with a progress bar; yields what failed."""
    results = inferencer(images, stages='stages' in args.save, raise_errors=False)
    with ThreadPoolExecutor(WRITERS) as pool:
        written = mapped(pool, lambda result: write_pictures(result, args), results, 2 * WRITERS)
        for failure in tqdm(written, total=len(images), unit='image', dynamic_ncols=True):
            if failure is not None:
                yield str(failure.error)


def run_video(
    inferencer: SaliencyInferencer, name: str, origin: str | int, args: argparse.Namespace
) -> int:
    """Write the videos of a video's pictures, with a progress bar; returns the frames.

    Raises:
        OSError: If a file cannot be written.
        ValueError: If the video cannot be read whole.
    """
    video = Video(origin)
    paths = picture_paths(f'{name}.mp4', args)
    outputs = {kind: VideoFile(path, video.rate) for kind, path in paths.items()}
    total = min(filter(None, (video.declared, args.frames)), default=None)
    bar = tqdm(desc=name, total=total, unit='frame', dynamic_ncols=True)
    try:
        try:
            for saliency in inferencer(islice(video.frames(), args.frames)):
                for kind, output in outputs.items():
                    output.write(PICTURES[kind](saliency))
                bar.update()
        except KeyboardInterrupt:
            if not isinstance(origin, int) or not bar.n:  # how a webcam is stopped
                raise
        for output in outputs.values():
            output.finish()
    finally:
        bar.close()
        for output in outputs.values():
            output.discard()
    return bar.n


def main() -> None:
    args = parse_args()
    keep_freed_memory()
    cv2.setNumThreads(1)  # images are worked on side by side instead
    try:
        images, videos, others = find(args.inputs)
        not_of_videos = set(args.save) - set(OF_VIDEOS)
        if videos and not_of_videos:
            raise ValueError(
                f'Expected --save of {" and ".join(OF_VIDEOS)} for videos, but got '
                f'{", ".join(sorted(not_of_videos))} with {videos[0][1]!r}. Run photographs and '
                'videos one after the other.'
            )
        refuse_out_in_input(args)
        inferencer = SaliencyInferencer(
            args.config, args.checkpoint, args.device, args.batch_size, args.fast
        )
        origins: dict[str, str | int] = {f'{one.name}.png': one.origin for one in images}
        origins |= {f'{name}.mp4': origin for name, origin in videos}
        claim(origins, args)
    except (ImportError, OSError, ValueError, UnpicklingError) as error:
        sys.exit(f'error: {error}')
    if others:
        print(f'left out {len(others)} files that are no images, such as {others[0]}')
    todo = [one for one in images if not is_done(f'{one.name}.png', one.origin, args)]
    clips = [one for one in videos if not is_done(f'{one[0]}.mp4', one[1], args)]
    skipped = len(images) + len(videos) - len(todo) - len(clips)
    if skipped:
        print(f'skipped {skipped} inputs whose pictures are in {args.out}')
    start = time.perf_counter()
    failures: list[str] = []
    try:
        failures.extend(run_images(inferencer, todo, args) if todo else ())
        done = len(todo) - len(failures)
        for name, origin in clips:
            try:
                done += run_video(inferencer, name, origin, args)
            except (OSError, ValueError) as error:
                failures.append(str(error))
    except KeyboardInterrupt:
        print('interrupted: the same command goes on, without --overwrite', file=sys.stderr)
        sys.exit(130)
    seconds = time.perf_counter() - start
    print(f'{done} images or frames in {seconds:.1f} s, {done / seconds:.1f}/s, in {args.out}')
    if failures:
        print(f'{len(failures)} inputs failed:', *failures, sep='\n  ', file=sys.stderr)
        sys.exit(1)


if __name__ == '__main__':
    main()
