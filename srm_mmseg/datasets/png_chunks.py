"""PNG files without what is no part of the picture, such as texts, however large it is."""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Iterator
from typing import NamedTuple

SIGNATURE = b'\x89PNG\r\n\x1a\n'
PROFILE_BYTES = 16 << 20
"""Bytes that a colour profile may have, unpacked; printers' have up to 4 MB."""

PICTURE = b'IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB pHYs eXIf acTL fcTL fdAT'.split()
TEXTS = (b'tEXt', b'zTXt', b'iTXt')
ORIENTATION_TEXTS = (b'XML:com.adobe.xmp', b'Raw profile type exif')  # may say how to turn it
ORIENTATION_BYTES = 1 << 20  # what Pillow unpacks of a text


class Parts(NamedTuple):
    """What is in a PNG file.

    Attributes:
        picture: The file with the chunks of :data:`PICTURE`, and with a small text of
            :data:`ORIENTATION_TEXTS`.
        profile: The colour profile, unpacked.
        bits: Of a channel that were significant before it was stored, if the file tells.
    """

    picture: bytes
    profile: bytes | None
    bits: int | None


def chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name, begin and end of a PNG file's chunks; the file's last one may be cut off."""
    position = len(SIGNATURE)
    while position + 8 <= len(data):
        end = position + 12 + int.from_bytes(data[position : position + 4], 'big')
        yield data[position + 4 : position + 8], position, min(end, len(data))
        position = end


def checksums_fit(data: bytes) -> bool:
    """Tell whether all chunks up to the last, ``IEND``, are as they were written."""
    view = memoryview(data)
    for name, begin, end in chunks(data):
        if zlib.crc32(view[begin + 4 : end - 4]) != int.from_bytes(view[end - 4 : end], 'big'):
            return False
        if name == b'IEND':
            return True
    return False


def parts(data: bytes) -> Parts:
    """Take a PNG file apart, so that Pillow unpacks nothing that is no part of the picture.

    Args:
        data: The file.

    Returns:
        Its parts. A colour profile that is damaged or larger than :data:`PROFILE_BYTES` is left out,
        with a warning.
    """
    spans, start = [], 0
    profile, bits = None, None
    seen: set[bytes] = set()
    for name, begin, end in chunks(data):
        if name in PICTURE:
            continue
        body = memoryview(data)[begin + 8 : end - 4]
        if name in TEXTS and _tells_orientation(name, bytes(body[: ORIENTATION_BYTES + 1]), seen):
            continue
        if name == b'iCCP' and profile is None:
            profile = _profile(body)
        elif name == b'sBIT' and len(body):
            bits = max(body)
        spans.append(data[start:begin])
        start = end
    spans.append(data[start:] if start else data)
    return Parts(b''.join(spans) if start else data, profile, bits)


def _tells_orientation(name: bytes, body: bytes, seen: set[bytes]) -> bool:
    """Tell whether a text is the first of a kind that may hold an orientation, and small."""
    keyword, _, packed = body.partition(b'\0')
    if keyword not in ORIENTATION_TEXTS or keyword in seen or len(body) > ORIENTATION_BYTES:
        return False
    seen.add(keyword)
    if name == b'zTXt':
        return _unpacked(packed[1:], ORIENTATION_BYTES) is not None
    if name == b'iTXt' and packed[:1] == b'\1':
        return _unpacked(packed[2:].split(b'\0', 2)[-1], ORIENTATION_BYTES) is not None
    return True


def _profile(body: memoryview) -> bytes | None:
    """Unpack a colour profile, or warn of one that cannot be used."""
    name, _, _ = bytes(body[:80]).partition(b'\0')
    profile = _unpacked(body[len(name) + 2 :], PROFILE_BYTES)
    if profile is None:
        warnings.warn(
            f'A colour profile is damaged or larger than {PROFILE_BYTES >> 20} MB; it is left out.',
            stacklevel=2,
        )
    return profile


def _unpacked(packed: bytes | memoryview, most: int) -> bytes | None:
    """Unpack data; None if it is damaged or more than ``most`` bytes."""
    stream = zlib.decompressobj()
    try:
        data = stream.decompress(packed, most)
    except zlib.error:
        return None
    return data if stream.eof else None
