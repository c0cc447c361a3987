"""Video files of every kind, written with PyAV."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

QUARTERS = np.zeros((48, 64, 3), np.uint8)  # red, green; blue, black
QUARTERS[:24, :32, 0] = QUARTERS[:24, 32:, 1] = QUARTERS[24:, :32, 2] = 255


def write_video(
    path: Path,
    rate: Fraction | int = 30,
    stamps: Iterable[int] = range(60),
    codec: str = 'libx264',
    sound: str | None = None,
    pixels: np.ndarray | None = None,
    pix_fmt: str = 'yuv420p',
    rotation: tuple[float, bool, bool] | None = None,
    options: dict[str, str] | None = None,
    **container: str,
) -> Path:
    """Write frames that grow brighter by 4, or those given, at time stamps in units of 1 / rate."""
    with av.open(str(path), 'w', container_options=container) as file:
        video = file.add_stream(codec, rate, options or {})
        height, width = (64, 96) if pixels is None else pixels.shape[:2]
        video.width, video.height, video.pix_fmt = width, height, pix_fmt
        video.codec_context.time_base = 1 / Fraction(rate)
        if rotation:
            video.set_display_rotation(*rotation)
        audio = file.add_stream(sound, 48_000) if sound else None
        for index, stamp in enumerate(stamps):
            grey = np.full((height, width, 3), 4 * index % 256, np.uint8)
            frame = av.VideoFrame.from_ndarray(grey if pixels is None else pixels, 'rgb24')
            frame.pts, frame.time_base = stamp, 1 / Fraction(rate)
            file.mux(video.encode(frame.reformat(format=pix_fmt)))
        file.mux(video.encode(None))
        if audio is not None:
            tone = np.zeros((1, 96_000 * 2), np.int16)
            frame = av.AudioFrame.from_ndarray(tone, 's16', 'stereo')
            frame.sample_rate, frame.pts, frame.time_base = 48_000, 0, Fraction(1, 48_000)
            fifo = av.AudioFifo()
            resampled = av.AudioResampler(audio.format, 'stereo', 48_000).resample(frame)
            for one in resampled:
                fifo.write(one)
            while (part := fifo.read(audio.frame_size or 1024, partial=True)) is not None:
                file.mux(audio.encode(part))
            file.mux(audio.encode(None))
    return path


def probe(path: Path) -> tuple[dict, list[Fraction]]:
    """Read a file with PyAV alone: its streams by kind, and when its frames are shown."""
    with av.open(str(path)) as file:
        video = file.streams.video[0]
        starts = [frame.pts * frame.time_base for frame in file.decode(video)]
        return {
            'codec': video.codec_context.name,
            'rate': video.average_rate,
            'aspect': video.sample_aspect_ratio,
            'seconds': video.duration * video.time_base,
            'size': (video.width, video.height),
            'sound': [
                (one.codec_context.name, float(one.duration * one.time_base))
                for one in file.streams.audio
            ],
        }, starts
