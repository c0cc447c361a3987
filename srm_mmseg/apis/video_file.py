"""Videos of pictures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from srm_mmseg.apis.clock import Frame
from srm_mmseg.apis.recording import Nameless, Recording, import_av, limit_threads
from srm_mmseg.apis.sound import Sound
from srm_mmseg.whole_file import temporary

# Browsers play H.264. Without frames that refer to later ones, a frame's place is its time.
ENCODER, ENCODER_OPTIONS = 'libx264', {'crf': '18', 'preset': 'veryfast', 'bf': '0'}


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
        self._next = 0  # tick
        self._container: Any = None

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
            frame.time_base, frame.pts = self._tick, max(round(like.start / self._tick), self._next)
            frame.duration = max(round(self._end / self._tick) - frame.pts, 1)
            self._next = frame.pts + 1
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
            raise OSError(error.errno, error.strerror, str(self.path)) from error

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
