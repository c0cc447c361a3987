"""When the frames of a video are shown."""

from __future__ import annotations

from fractions import Fraction
from math import lcm

MOST_TICKS = 10_000_000  # a second; MP4 counts a frame's ticks in 32 bits


class Clock:
    """Makes the time stamps of a video exact, complete and increasing.

    A container that counts in milliseconds rounds those of 30000/1001 frames/s: where they are even
    they follow from the rate.

    Args:
        rate: Frames a second.
        base: Seconds of a unit of the time stamps.
        offset: Seconds at which the video starts.
        is_even: Whether all frames are equally long.

    Attributes:
        tick: Seconds of which every time is a multiple.
    """

    def __init__(
        self, rate: Fraction, base: Fraction, offset: Fraction = Fraction(), is_even: bool = False
    ) -> None:
        self._rate, self._base, self._offset = rate, base, offset
        self._is_rounded = is_even and (1 / (rate * base)).denominator > 1
        self._last: Fraction | None = None
        self.tick = common_tick(rate, base)

    def start(self, stamp: int | None) -> Fraction:
        """Tell when a frame is shown, in seconds.

        Args:
            stamp: The frame's time stamp, in units of the base, if there is one.
        """
        following = Fraction() if self._last is None else self._last + 1 / self._rate
        start = following if stamp is None else stamp * self._base - self._offset
        even = round(start * self._rate) / self._rate
        if self._is_rounded and abs(even - start) <= self._base:
            start = even
        if start < 0 or (self._last is not None and start <= self._last):  # a clock set back
            start = following
        self._last = start
        return start


def common_tick(rate: Fraction, base: Fraction) -> Fraction:
    """Find seconds that divide both a frame and a unit of time stamps, if they are not too short."""
    exact = lcm(rate.numerator, base.denominator)
    for ticks in (exact, base.denominator, lcm(rate.numerator, 90_000)):
        if ticks <= MOST_TICKS:
            return Fraction(1, ticks)
    return Fraction(1, 90_000)
