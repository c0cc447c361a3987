"""Video files, opened with PyAV so that nothing but the file itself is read."""

from __future__ import annotations

import os
import os.path as osp
import struct
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, BinaryIO

from srm_mmseg.datasets.image_memory import MAP_BYTES, RefusedImageError, limit, refuse_above

# Containers of pictures and sound; no playlist, script or pattern, which names other files.
CONTAINERS = 'mov,matroska,avi,mpegts,mpeg,mpegvideo,m4v,asf,flv,ogg'
THREADS = 4  # each holds a frame
FRAME_BYTES = MAP_BYTES + 4 * THREADS  # a pixel


def import_av() -> Any:
    """Import PyAV, which photographs do not need.

    Raises:
        ImportError: If it is missing.
    """
    try:
        import av
    except ImportError as error:
        raise ImportError(
            f'Expected PyAV, which reads and writes videos, but got {error}. pip install av'
        ) from error
    return av


class Recording:
    """A video file and its streams.

    The file is opened by Python and handed to FFmpeg, so that no name is taken for a protocol, a
    pattern or an address, and whatever the file says, no other is opened.

    Args:
        path: A file's path.

    Attributes:
        container: What FFmpeg reads.
        video: The pictures.
        sound: The audio stream that a player takes, or None.
        damaged: Packets that could not be decoded so far, of those that are shown.

    Raises:
        ImportError: If PyAV is missing.
        ValueError: If there is no such file, no video in it that can be read, or its frames would
            take more memory than a picture may.
    """

    def __init__(self, path: str) -> None:
        av = import_av()
        self.path = path
        if not osp.isfile(path):
            what = 'it is no regular file' if osp.exists(path) else 'there is no such file'
            raise ValueError(
                f'Expected a video at {path!r}, but it cannot be opened: {what}. Check the path.'
            )
        try:
            self._file = open(path, 'rb', buffering=0)
            self.container: Any = av.open(
                Nameless(self._file),
                mode='r',
                container_options={'format_whitelist': CONTAINERS, 'protocol_whitelist': 'none'},
                metadata_errors='replace',
                buffer_size=1 << 18,
                io_open=_refuse,
            )
        except (OSError, av.FFmpegError) as error:
            raise ValueError(
                f'Expected a video at {path!r}, but it cannot be opened: {error.strerror}. Check '
                'that it is whole; playlists and other files that name files are not followed.'
            ) from error
        video = self.container.streams.best('video')
        if video is None or video.disposition & av.stream.Disposition.attached_pic:
            raise ValueError(f'Expected a video at {path!r}, but got a file without pictures.')
        if video.codec_context is None:
            raise ValueError(
                f'Expected a video at {path!r} that FFmpeg can decode, but got an unknown codec. '
                'Re-encode it.'
            )
        _limit_frames(video.codec_context, path)
        self.video: Any = video
        self.sound: Any = self.container.streams.best('audio')
        self.damaged = 0

    @property
    def offset(self) -> Fraction | None:
        """Seconds from the clock's zero to the video's start; None for where its pictures start."""
        if self.sound is None and not self.is_mov:  # whose edit list may put it off
            return None
        starts = [
            stream.start_time * stream.time_base
            for stream in (self.video, self.sound)
            if stream is not None and stream.start_time is not None
        ]
        first = min(starts, default=Fraction())
        return first if first > 0 else min(starts[0], Fraction()) if starts else first

    @property
    def length(self) -> Fraction:
        """Seconds that it takes, or about so; 0 if unknown."""
        return Fraction(self.container.duration or 0, 1_000_000)

    @property
    def is_mov(self) -> bool:
        """Tell whether it is an MP4, MOV or 3GP."""
        return 'mov' in self.container.format.name.split(',')

    def shown(self) -> int:
        """Count the frames of the file's index that an edit list does not hide; 0 if unknown."""
        if not self.is_mov:
            return self.video.frames
        return sum(not entry.is_discard for entry in self.video.index_entries)

    def decoded(self) -> Iterator[Any]:
        """Decode what a player shows, as far as it can be decoded.

        Raises:
            OSError: If the file cannot be read.
        """
        # An AVI has no time stamps of frames; those that PyAV asks for are wrong where frames refer to
        # later ones.
        self.container.flags &= ~import_av().container.Flags.gen_pts.value
        error = import_av().FFmpegError
        for packet in self._packets():
            try:
                yield from self.video.decode(packet)
            except error:
                self.damaged += packet is None or not packet.is_discard

    def _packets(self) -> Iterator[Any]:
        """Read packets up to the end or to where the container is damaged, then None."""
        error = import_av().FFmpegError
        try:
            yield from self.container.demux(self.video)
        except error:
            self.damaged += 1
            yield None

    def lacks_frames(self, count: int) -> bool:
        """Tell whether frames are missing of those that a player would show of the whole file.

        Only MP4, MOV and AVI tell. Fewer than their headers say are no fault by itself: the index
        decides, and where the file ends.

        Args:
            count: Frames that could be decoded.
        """
        size = os.fstat(self._file.fileno()).st_size
        is_short = False
        if self.is_mov:
            boxes = dict(_boxes(self._file, size))
            if b'moof' in boxes and max(boxes.values()) > size:
                return True  # a fragment is cut off, and the next ones are unknown
            is_short = any(one.pos + one.size > size for one in self.video.index_entries)
        elif self.container.format.name == 'avi':
            is_short = _riff_end(self._file, size) > size
        return bool(is_short or self.damaged) and count < self.shown()

    def close(self) -> None:
        """Close the file."""
        self.container.close()
        self._file.close()


class Nameless:
    """A file without its name, from which FFmpeg draws conclusions."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.read, self.write, self.seek, self.tell = file.read, file.write, file.seek, file.tell

    @property
    def closed(self) -> bool:
        """Tell whether the file is closed."""
        return self._file.closed


def limit_threads(context: Any) -> None:
    """Bound the frames that a codec holds at once."""
    context.thread_type = 'AUTO'
    context.thread_count = min(THREADS, os.cpu_count() or 1)


def _limit_frames(context: Any, path: str) -> None:
    """Refuse frames larger than pictures may be; those that the header hides are not decoded."""
    pixels = context.width * context.height
    try:
        refuse_above(pixels * FRAME_BYTES, f'has {context.width}x{context.height} pixels a frame')
    except RefusedImageError as error:
        raise ValueError(f'Expected a video at {path!r}, but it {error}.') from error
    limit_threads(context)
    context.options = {'max_pixels': str(limit() // FRAME_BYTES)}


def _refuse(url: str, flags: int, options: dict) -> None:
    """Open nothing that a file names."""
    raise PermissionError(f'it refers to {url!r}')


def _boxes(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int]]:
    """List the outermost boxes of an MP4: a name, and the byte at which it says that it ends."""
    end = 0
    while end + 16 <= size:
        file.seek(end)
        length, name, long_length = struct.unpack('>I4sQ', file.read(16))
        length = {0: size - end, 1: long_length}.get(length, length)
        end += max(length, 8)
        yield name, end


def _riff_end(file: BinaryIO, size: int) -> int:
    """Find the byte at which the last chunk of an AVI says that it ends."""
    end = 0
    while end + 8 <= size:
        file.seek(end)
        name, length = struct.unpack('<4sI', file.read(8))
        if name != b'RIFF':
            break
        end += 8 + length
    return end
