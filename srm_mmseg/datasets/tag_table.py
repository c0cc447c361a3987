"""Tables of tags, in TIFF files and EXIF blocks, that make Pillow copy more than there is."""

from __future__ import annotations

import numpy as np

from srm_mmseg.datasets.image_memory import RefusedImageError

TYPE_BYTES = np.zeros(1 << 16, np.uint64)
TYPE_BYTES[1:19] = (1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8)
SLACK = 64 << 20  # bytes that tags may share beyond the data's own


def refuse_repeated(data: bytes) -> None:
    """Refuse a table whose tags, which may all name the same bytes, come to far more than the data.

    Args:
        data: A TIFF file, or an EXIF block with or without its ``Exif`` mark.

    Raises:
        RefusedImageError: If it is so.
    """
    data = data[6:] if data[:6] == b'Exif\0\0' else data
    copied = tag_bytes(data)
    if copied > len(data) + SLACK:
        raise RefusedImageError(
            f'has tags that name {copied} bytes, where there are {len(data)}. Save it anew without them'
        )


def tag_bytes(data: bytes) -> int:
    """Sum up the bytes that the tags of the first table name, as far as they are in the data."""
    order = {b'II': '<', b'MM': '>'}.get(data[:2])
    if order is None or len(data) < 16:
        return 0
    is_big = data[2:4] in (b'\x2b\0', b'\0\x2b')
    where, number, counted = ('u8', 8, 'u8') if is_big else ('u4', 4, 'u2')
    offset = int(np.frombuffer(data, order + where, 1, 8 if is_big else 4)[0])
    first = offset + np.dtype(counted).itemsize
    if first > len(data):
        return 0
    row = np.dtype(
        [('tag', order + 'u2'), ('type', order + 'u2')] + [(n, order + where) for n in 'nv']
    )
    count = int(np.frombuffer(data, order + counted, 1, offset)[0])
    rows = np.frombuffer(data, row, min(count, (len(data) - first) // row.itemsize), first)
    most = np.uint64(len(data))
    sizes = np.minimum(rows['n'].astype(np.uint64), most) * TYPE_BYTES[rows['type']]
    there = most - np.minimum(rows['v'].astype(np.uint64), most)
    return int(np.where(sizes > number, np.minimum(sizes, there), sizes).sum())
