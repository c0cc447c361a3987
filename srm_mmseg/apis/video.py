"""Frames of videos and webcams, and videos of pictures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from srm_mmseg.apis.pictures import temporary

VIDEO_SUFFIXES = ('.mp4', '.m4v', '.avi', '.mov', '.mkv', '.webm', '.mpg', '.mpeg', '.wmv')
COUNTED_SUFFIXES = ('.mp4', '.m4v', '.avi', '.mov')  # others' number of frames is an estimate
DEFAULT_RATE = 25.0  # frames/s, where a video does not tell


class Video:
    """The frames of a video file or a webcam.

    Args:
        origin: A file's path, or a webcam's index.

    Attributes:
        rate: Frames a second.
        declared: Frames that the file says it has, or about so; 0 if unknown, as of a webcam.

    Raises:
        ValueError: If it cannot be opened.
    """

    def __init__(self, origin: str | int) -> None:
        self.origin = origin
        self._capture = cv2.VideoCapture(origin)
        if not self._capture.isOpened():
            what = f'a webcam {origin}' if isinstance(origin, int) else f'a video at {origin!r}'
            raise ValueError(
                f'Expected {what}, but it cannot be opened. Check that it is there and whole.'
            )
        self.rate = self._capture.get(cv2.CAP_PROP_FPS) or DEFAULT_RATE
        self.declared = max(0, int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT)))

    def frames(self) -> Iterator[np.ndarray]:
        """Read the frames in order: RGB, H x W x 3, uint8.

        Raises:
            ValueError: If there are none, or fewer than the file says where it counts them.
        """
        count = 0
        while True:
            is_frame, frame = self._capture.read()
            if not is_frame:
                break
            count += 1
            yield frame[..., ::-1]
        self._capture.release()
        is_counted = str(self.origin).lower().endswith(COUNTED_SUFFIXES)
        if not count or (is_counted and count < self.declared):
            raise ValueError(
                f'Expected {self.declared or "some"} frames in {self.origin!r}, but only {count} can '
                'be decoded. Copy or download it again, or re-encode what there is: '
                'ffmpeg -i IN OUT.mp4.'
            )


class VideoFile:
    """An MP4 file that is written frame by frame and there only once it is whole.

    Args:
        path: Where to; ends in ``.mp4``. Its folder is made.
        rate: Frames a second.
    """

    def __init__(self, path: Path, rate: float) -> None:
        self.path, self.rate, self.count = path, rate, 0
        self._part = temporary(path)
        self._writer: cv2.VideoWriter | None = None

    def write(self, pixels: np.ndarray) -> None:
        """Append a frame: grey, H x W, or RGB, H x W x 3; uint8.

        The codec takes even sizes only: the last row or column of an odd one is repeated.

        Raises:
            OSError: If the file cannot be written.
        """
        rows, columns = (length % 2 for length in pixels.shape[:2])
        pixels = cv2.copyMakeBorder(pixels, 0, rows, 0, columns, cv2.BORDER_REPLICATE)
        height, width = pixels.shape[:2]
        if self._writer is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            codec = cv2.VideoWriter.fourcc(*'mp4v')
            self._writer = cv2.VideoWriter(str(self._part), codec, self.rate, (width, height))
            if not self._writer.isOpened():
                raise OSError(f'cannot write {self.path}: OpenCV has no codec for it, or no access')
        code = cv2.COLOR_GRAY2BGR if pixels.ndim == 2 else cv2.COLOR_RGB2BGR
        self._writer.write(cv2.cvtColor(pixels, code))
        self.count += 1

    def finish(self) -> None:
        """Give the file its name.

        Raises:
            OSError: If it does not hold every frame, as on a full disk.
        """
        self._release()
        written = int(cv2.VideoCapture(str(self._part)).get(cv2.CAP_PROP_FRAME_COUNT))
        if written != self.count:
            raise OSError(
                f'Expected {self.count} frames in {self.path}, but {written} were written. Is the '
                'disk full?'
            )
        os.replace(self._part, self.path)

    def discard(self) -> None:
        """Remove what is not finished."""
        self._release()
        self._part.unlink(missing_ok=True)

    def _release(self) -> None:
        if self._writer is not None:
            self._writer.release()
            self._writer = None
