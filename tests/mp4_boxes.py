"""MP4 files with an edit list of any form."""

import struct
from pathlib import Path

CONTAINERS = (b'moov', b'trak')


def set_edits(path: Path, edits: list[tuple[int, int]]) -> None:
    """Write an edit list into the first track of an MP4 whose index is its last box.

    Args:
        path: The file.
        edits: Of each, its duration in the movie's units and its start in the track's; -1 for none.
    """
    body = b''.join(struct.pack('>IiHH', *edit, 1, 0) for edit in edits)
    elst = _box(b'elst', struct.pack('>II', 0, len(edits)) + body)
    data = path.read_bytes()
    start = data.rindex(b'moov') - 4
    path.write_bytes(data[:start] + _with_edits(data[start:], _box(b'edts', elst)))


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack('>I4s', len(content) + 8, name) + content


def _with_edits(boxes: bytes, edits: bytes) -> bytes:
    """Put the edit list before the media of the first track."""
    result, is_done = b'', False
    while boxes:
        length, name = struct.unpack('>I4s', boxes[:8])
        content, boxes = boxes[8:length], boxes[length:]
        if name in CONTAINERS and not is_done:
            is_done = name == b'trak'
            result += _box(name, _with_edits(content, edits))
        elif name == b'mdia':
            result += edits + _box(name, content)
        elif name != b'edts':
            result += _box(name, content)
    return result
