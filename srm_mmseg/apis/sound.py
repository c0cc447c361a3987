"""The sound of a video, copied into another as it is."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from srm_mmseg.apis.recording import Recording, import_av


class Sound:
    """The sound of a video file, packet by packet beside the pictures that are written.

    Args:
        path: A video file with sound.

    Raises:
        ValueError: If it cannot be read.
    """

    def __init__(self, path: str) -> None:
        self._recording = Recording(path)
        self._recording.video.discard = import_av().stream.Discard.all
        self._packets = self._read()
        self._next = next(self._packets, None)

    def join(self, container: Any) -> Any:
        """Add a stream for it to a file that is written.

        Raises:
            ValueError: If that kind of file cannot hold it.
        """
        return container.add_stream_from_template(self._recording.sound)

    def until(self, end: Fraction | None) -> Iterator[Any]:
        """Yield what begins before a time, in seconds, and was not yet; None for all."""
        while self._next is not None:
            if end is not None and self._next.pts * self._next.time_base >= end:
                break
            yield self._next
            self._next = next(self._packets, None)

    def _read(self) -> Iterator[Any]:
        """Read all that a player plays; what is damaged ends it."""
        sound, error = self._recording.sound, import_av().FFmpegError
        end: int | None = None
        shift = round((self._recording.offset or 0) / sound.time_base)
        try:
            for packet in self._recording.container.demux(sound):
                if packet.pts is None or packet.dts is None or packet.is_discard:
                    continue
                if end is not None and packet.dts - shift < end - packet.duration:
                    shift = packet.dts - end  # a clock was set back
                packet.pts -= shift
                packet.dts -= shift
                end = packet.dts + packet.duration
                yield packet
        except error:
            return

    def close(self) -> None:
        """Close the file."""
        self._recording.close()
