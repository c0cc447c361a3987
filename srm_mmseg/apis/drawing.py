"""Draw the pictures of images and videos into an output folder, with a progress bar."""

from __future__ import annotations

import os.path as osp
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, tee

from tqdm import tqdm

from srm_mmseg.apis.claims import PICTURES, image_name, video_name
from srm_mmseg.apis.inferencer import Failure, Saliency, SaliencyInferencer
from srm_mmseg.apis.ordered import mapped
from srm_mmseg.apis.output_folder import OutputError, OutputFolder
from srm_mmseg.apis.sources import Source
from srm_mmseg.apis.video import Video, VideoFile
from srm_mmseg.datasets.image_memory import MAP_BYTES, limit, shared_memory
from srm_mmseg.saliency.encode import encode
from srm_mmseg.terminal import printable

WRITERS = 4  # threads that encode and write beside the network


def write_pictures(result: Saliency | Failure, folder: OutputFolder) -> Failure | None:
    """Write the pictures of an image.

    Raises:
        OutputError: If nothing more can be written.
    """
    if isinstance(result, Failure):
        if isinstance(result.error, OutputError):
            raise result.error
        return result
    name = image_name(result.source)
    try:
        with shared_memory():
            for kind in folder.kinds:
                path = folder.picture(kind, name)
                folder.write(kind, name, encode(PICTURES[kind](result), path.suffix))
    except OutputError:
        raise
    except (OSError, ValueError) as error:
        return Failure(result.source, error)
    folder.done(name)
    return None


def draw_images(
    inferencer: SaliencyInferencer, images: list[Source], folder: OutputFolder
) -> Iterator[str]:
    """Write the pictures of images, with a progress bar; yields what failed.

    Raises:
        OutputError: If nothing more can be written.
    """
    watched = (folder.watched(image_name(one), one) for one in images)
    results = inferencer(
        watched,
        stages='stages' in folder.kinds,
        images={*folder.kinds} != {'map'},
        raise_errors=False,
    )
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


def draw_videos(
    inferencer: SaliencyInferencer,
    videos: Sequence[tuple[str, str | int]],
    folder: OutputFolder,
    most_frames: int | None,
) -> tuple[int, list[str]]:
    """Write the videos of videos' pictures one after the other; returns the frames and what failed.

    Raises:
        OutputError: If nothing more can be written.
    """
    frames, failures = 0, []
    for name, origin in videos:
        try:
            frames += draw_video(inferencer, name, origin, folder, most_frames)
        except OutputError:
            raise
        except (OSError, ValueError) as error:
            failures.append(str(error))
    return frames, failures


def draw_video(
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
        folder.look(video_name(name), origin)
    video = Video(origin)
    paths = {kind: folder.picture(kind, video_name(name)) for kind in folder.kinds}
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
        folder.done(video_name(name))
    finally:
        bar.close()
        for output in outputs.values():
            output.discard()
    return bar.n
