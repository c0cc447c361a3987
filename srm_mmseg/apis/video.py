"""Frames of videos and webcams."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import cv2
import numpy as np

from srm_mmseg.apis.clock import DEFAULT_RATE, Clock, Frame, nominal_rate
from srm_mmseg.apis.display import display_matrix, is_turned, upright
from srm_mmseg.apis.recording import Recording
from srm_mmseg.apis.sound import Sound
from srm_mmseg.apis.video_file import VideoFile

__all__ = ['VIDEO_SUFFIXES', 'Frame', 'Video', 'VideoFile']

VIDEO_SUFFIXES = (
    *('.mp4', '.m4v', '.mov', '.qt', '.3gp', '.3g2', '.avi', '.mkv', '.webm', '.mpg', '.mpeg'),
    *('.vob', '.ts', '.mts', '.m2ts', '.flv', '.f4v', '.wmv', '.asf', '.ogv'),
)
# Of these a player knows how many frames there must be; in others that number is an estimate.
COUNTED_SUFFIXES = ('.mp4', '.m4v', '.mov', '.qt', '.3gp', '.3g2', '.avi', '.f4v')


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
        if isinstance(self.origin, int) or self._recording.sound is None:
            return None
        return Sound(self.origin)

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
            number = expected if expected > count else 'more'
            raise ValueError(
                f'Expected {number} frames in {self.origin!r}, but only {count} can be decoded. Copy '
                'or download it again, or re-encode what there is: ffmpeg -i IN OUT.mp4.'
            )
