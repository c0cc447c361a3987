"""Frames of a video, and when they are shown."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import NamedTuple

import numpy as np

MOST_TICKS = 10_000_000  # a second; MP4 counts a frame's ticks in 32 bits
MOST_RATE = 1000  # frames/s, of a rate that only the time stamps suggest
DEFAULT_RATE = Fraction(25)  # frames/s, where a video does not tell


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


class Clock:
    """Makes the time stamps of a video exact, complete and increasing.

    A container that counts in milliseconds rounds those of 30000/1001 frames/s: a stamp and a
    duration that are less than its unit from where the rate has them are put there.

    Args:
        rate: Frames a second.
        base: Seconds of a unit of the time stamps.
        is_steady: Whether frames are meant to be equally long.
        offset: Seconds at which the video starts; None for the first frame's.

    Attributes:
        tick: Seconds of which every start is a multiple.
    """

    def __init__(
        self, rate: Fraction, base: Fraction, is_steady: bool, offset: Fraction | None = Fraction()
    ) -> None:
        self._length, self._base, self._offset = 1 / rate, base, offset
        self._is_rounded = is_steady and (self._length / base).denominator > 1
        self._first = self._last = Fraction(-1)
        self.tick = common_tick(rate, base)

    def start(self, stamp: int | None) -> Fraction:
        """Tell when a frame is shown, in seconds.

        Args:
            stamp: The frame's time stamp, in units of the base, if there is one.
        """
        if self._last < 0:
            time = Fraction() if stamp is None else stamp * self._base
            self._zero = time if self._offset is None else self._offset
            self._first = self._last = max(time - self._zero, Fraction())
            return self._first
        following = self._last + self._length
        start = following
        if stamp is not None:
            start = self._first + self._evened(stamp * self._base - self._zero - self._first)
        self._last = start if start > self._last else following  # a clock may be set back
        return self._last

    def duration(self, units: int) -> Fraction:
        """Tell how long a frame is shown, in seconds; 0 units are unknown."""
        return self._evened(units * self._base) or self._length

    def _evened(self, time: Fraction) -> Fraction:
        """Undo the rounding of a time."""
        even = round(time / self._length) * self._length
        return even if self._is_rounded and abs(even - time) < self._base else time


def common_tick(rate: Fraction, base: Fraction) -> Fraction:
    """Find seconds that divide both a frame and a unit of time stamps, if they are not too short."""
    exact = lcm(rate.numerator, base.denominator)
    for ticks in (exact, base.denominator, lcm(rate.numerator, 90_000)):
        if ticks <= MOST_TICKS:
            return Fraction(1, ticks)
    return Fraction(1, 90_000)


def nominal_rate(average: Fraction | None, base: Fraction | None) -> tuple[Fraction, bool]:
    """Tell the frames a second of a stream, and whether they are steady.

    FFmpeg finds 19001/317 in rounded time stamps of 60000/1001, one of the rates of television.

    Args:
        average: The mean of its frames; rounded time stamps put that of a short video up to 1% off.
        base: The lowest rate of which all its frames' times are multiples; of varying ones up to
            90,000.
    """
    if not average:
        return (base, True) if base and base <= MOST_RATE else (DEFAULT_RATE, False)
    if base and abs(average / base - 1) < 0.01:
        television = Fraction(round(base * 1001 / 1000) * 1000, 1001)
        return television if abs(base - television) < 5e-7 * base else base, True
    return average, False
