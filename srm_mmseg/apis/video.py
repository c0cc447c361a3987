"""Frames of videos and webcams, and videos of pictures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np

from srm_mmseg.apis.clock import DEFAULT_RATE, Clock, nominal_rate
from srm_mmseg.apis.pictures import temporary
from srm_mmseg.apis.recording import (
    Nameless,
    Recording,
    display_matrix,
    import_av,
    is_turned,
    limit_threads,
    upright,
)
from srm_mmseg.apis.sound import Sound

if TYPE_CHECKING:
    from av.container import OutputContainer

VIDEO_SUFFIXES = (
    *('.mp4', '.m4v', '.mov', '.qt', '.3gp', '.3g2', '.avi', '.mkv', '.webm', '.mpg', '.mpeg'),
    *('.vob', '.ts', '.mts', '.m2ts', '.flv', '.f4v', '.wmv', '.asf', '.ogv'),
)
# Of these a player knows how many frames there must be; in others that number is an estimate.
COUNTED_SUFFIXES = ('.mp4', '.m4v', '.mov', '.qt', '.3gp', '.3g2', '.avi', '.f4v')
# Browsers play H.264. Without frames that refer to later ones, a frame's place is its time.
ENCODER, ENCODER_OPTIONS = 'libx264', {'crf': '18', 'preset': 'veryfast', 'bf': '0'}


class Frame(NamedTuple):
    """A frame of a video.

    Attributes:
        pixels: RGB, H x W x 3, uint8, upright.
        start: When it is shown, in seconds from the video's start.
        duration: How long, in seconds.
        aspect: The width of a pixel by its height; 1 in most videos.
    """

    pixels: np.ndarray
    start: Fraction
    duration: Fraction
    aspect: Fraction


class Video:
    """The frames of a video file or a webcam.

    Args:
        origin: A file's path, or a webcam's index.

    Attributes:
        rate: Frames a second, on average.
        declared: Frames that the file says a player shows, or about so; 0 if unknown, as of a webcam.
        tick: Seconds of which every frame's start is a multiple.

    Raises:
        ImportError: If it is a file and PyAV is missing.
        ValueError: If it cannot be opened.
    """

    def __init__(self, origin: str | int) -> None:
        self.origin = origin
        if isinstance(origin, int):
            self._capture = cv2.VideoCapture(origin)
            if not self._capture.isOpened():
                raise ValueError(
                    f'Expected a webcam {origin}, but it cannot be opened. Check that it is there.'
                )
            rate = self._capture.get(cv2.CAP_PROP_FPS)
            self.rate = Fraction(rate).limit_denominator(1001) if rate > 0 else DEFAULT_RATE
            self.declared, self.tick = 0, 1 / self.rate
            return
        self._recording = Recording(origin)
        video = self._recording.video
        self.rate, is_steady = nominal_rate(video.average_rate, video.base_rate)
        self.declared = self._recording.shown() or round(self._recording.length * self.rate)
        self._clock = Clock(self.rate, video.time_base, is_steady, self._recording.offset)
        self.tick = self._clock.tick

    def frames(self) -> Iterator[np.ndarray]:
        """Read the frames that a player shows, in order: RGB, H x W x 3, uint8, upright.

        Raises:
            OSError: If the file cannot be read.
            ValueError: If there are none, or the file ends before they do.
        """
        return (frame.pixels for frame in self.timed_frames())

    def timed_frames(self) -> Iterator[Frame]:
        """Read the same frames with their times."""
        return self._caught() if isinstance(self.origin, int) else self._decoded()

    def sound(self) -> Sound | None:
        """Open its sound, if there is any, to be copied."""
        is_silent = isinstance(self.origin, int) or self._recording.sound is None
        return None if is_silent else Sound(self.origin)

    def _caught(self) -> Iterator[Frame]:
        """Read a webcam's frames."""
        count = 0
        while (caught := self._capture.read())[0]:
            yield Frame(caught[1][..., ::-1], count / self.rate, 1 / self.rate, Fraction(1))
            count += 1
        self._capture.release()
        if not count:
            raise ValueError(f'Expected frames of the webcam {self.origin}, but got none.')

    def _decoded(self) -> Iterator[Frame]:
        """Read a file's frames; all in the first one's size, as a player's window is."""
        recording, count = self._recording, 0
        aspect = recording.video.sample_aspect_ratio or Fraction(1)
        try:
            for frame in recording.decoded():
                if not count:
                    matrix, size = display_matrix(frame), (frame.width, frame.height)
                    aspect = 1 / aspect if is_turned(matrix) else aspect
                pixels = upright(frame.reformat(*size, 'rgb24').to_ndarray(), matrix)
                start = self._clock.start(frame.dts if frame.pts is None else frame.pts)
                yield Frame(pixels, start, self._clock.duration(frame.duration), aspect)
                count += 1
            is_short = recording.lacks_frames(count)
        except OSError as error:
            raise OSError(f'cannot read {self.origin!r}: {error.strerror}') from error
        finally:
            expected = recording.shown()
            recording.close()
        is_counted = str(self.origin).lower().endswith(COUNTED_SUFFIXES)
        if not count or (is_counted and is_short):
            raise ValueError(
                f'Expected {expected if expected > count else "more"} frames in {self.origin!r}, but only {count} can '
                'be decoded. Copy or download it again, or re-encode what there is: '
                'ffmpeg -i IN OUT.mp4.'
            )


class VideoFile:
    """An MP4 file that is written frame by frame and there only once it is whole.

    Args:
        path: Where to; ends in ``.mp4``. Its folder is made.
        rate: Frames a second.
        tick: Seconds of which every frame's start is a multiple; by default of the rate's.
        sound: What is heard with it, copied as it is.

    Attributes:
        count: Frames written so far.
        lost_sound: Whether the sound is left out because MP4 cannot hold it.
    """

    def __init__(
        self,
        path: Path,
        rate: Fraction | float,
        tick: Fraction | None = None,
        sound: Sound | None = None,
    ) -> None:
        self.path, self.count = path, 0
        self._rate = Fraction(rate)
        self._tick, self._sound = tick or 1 / self._rate, sound
        self._part = temporary(path)
        self._end, self.lost_sound = Fraction(), False
        self._container: OutputContainer | None = None

    def write(self, pixels: np.ndarray, like: Frame | None = None) -> None:
        """Append a frame.

        The codec takes even sizes only: the last row or column of an odd one is repeated.

        Args:
            pixels: Grey, H x W, or RGB, H x W x 3; uint8.
            like: A frame that is shown at its time; by default when the one before ends.

        Raises:
            OSError: If the file cannot be written.
        """
        rows, columns = (length % 2 for length in pixels.shape[:2])
        pixels = cv2.copyMakeBorder(pixels, 0, rows, 0, columns, cv2.BORDER_REPLICATE)
        like = like or Frame(pixels, self._end, 1 / self._rate, Fraction(1))
        self._end = like.start + like.duration
        with self._named_errors():
            if self._container is None:
                self._open(*pixels.shape[:2], like.aspect)
            self._copy_sound(like.start)
            colours = 'gray' if pixels.ndim == 2 else 'rgb24'
            frame = import_av().VideoFrame.from_ndarray(pixels, colours)
            frame = frame.reformat(
                format='yuv420p',
                dst_colorspace='ITU709',
                dst_color_range='MPEG',
                interpolation='BICUBIC',
            )
            frame.time_base, frame.pts = self._tick, round(like.start / self._tick)
            frame.duration = round(self._end / self._tick) - frame.pts
            self._container.mux(self._video.encode(frame))
        self.count += 1

    def finish(self, is_cut: bool = False) -> None:
        """Give the file its name.

        Args:
            is_cut: Whether the sound ends with the pictures, and not with itself.

        Raises:
            OSError: If it does not hold every frame, as on a full disk.
        """
        with self._named_errors():
            self._container.mux(self._video.encode(None))
            self._copy_sound(self._end if is_cut else None)
            self._container.close()
            self._file.close()
        recording = Recording(str(self._part))
        written = recording.shown()
        recording.close()
        if written != self.count:
            raise OSError(
                f'Expected {self.count} frames in {self.path}, but {written} were written. Is the '
                'disk full?'
            )
        os.replace(self._part, self.path)

    def discard(self) -> None:
        """Remove what is not finished."""
        if self._sound is not None:
            self._sound.close()
        if self._container is not None:
            with suppress(OSError):  # what is left in buffers may have no room
                self._file.close()
            self._container = None
        self._part.unlink(missing_ok=True)

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        """Name the file in errors of writing."""
        try:
            yield
        except (OSError, import_av().FFmpegError) as error:
            raise OSError(f'cannot write {self.path}: {error.strerror}') from error

    def _open(self, *shape: Any) -> None:
        """Open the file, without the sound if MP4 cannot hold that."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(self._part, 'wb')
        try:
            self._start(*shape)
        except ValueError:
            if self._sound is None:
                raise
            self._sound.close()
            self._sound, self.lost_sound = None, True
            self._file.seek(0)
            self._file.truncate()
            self._start(*shape)

    def _start(self, height: int, width: int, aspect: Fraction) -> None:
        """Write the head of the file as the first frame tells."""
        av = import_av()
        self._container = av.open(
            Nameless(self._file),
            'w',
            format='mp4',
            # In which the start is written; milliseconds by default.
            container_options={'movie_timescale': str(self._tick.denominator)},
        )
        self._video = self._container.add_stream(ENCODER, self._rate, ENCODER_OPTIONS)
        context = self._video.codec_context
        context.width, context.height, context.sample_aspect_ratio = width, height, aspect
        context.time_base = self._tick
        context.flags |= av.codec.context.Flags.frame_duration
        context.color_range = av.video.reformatter.ColorRange.MPEG
        context.colorspace = av.video.reformatter.Colorspace.ITU709
        context.color_primaries = av.video.reformatter.ColorPrimaries.BT709
        context.color_trc = av.video.reformatter.ColorTrc.BT709
        limit_threads(context)
        if self._sound is not None:
            self._audio = self._sound.join(self._container)
        self._container.start_encoding()

    def _copy_sound(self, end: Fraction | None) -> None:
        """Copy what is heard before a time; a packet that does not fit is left out."""
        for packet in () if self._sound is None else self._sound.until(end):
            packet.stream = self._audio
            with suppress(ValueError):
                self._container.mux(packet)
