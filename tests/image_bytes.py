"""Picture files with parts that no program writes."""

import io
import struct
import zlib

from odd_images import noise
from PIL import Image

from srm_mmseg.datasets.png_chunks import SIGNATURE

PICTURE = Image.fromarray(noise(40, 30))


def encoded(image=PICTURE, format='PNG', **options) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack('>L', len(body)) + name + body + struct.pack('>L', zlib.crc32(name + body))


def png_with(*chunks: bytes) -> bytes:
    """Put chunks behind the header of a PNG."""
    data = encoded()
    return data[:33] + b''.join(chunks) + data[33:]


def png_of(width: int, height: int, colour_type: int = 2) -> bytes:
    """Make a PNG that says it has a size, and has few pixels."""
    header = struct.pack('>2L5B', width, height, 8, colour_type, 0, 0, 0)
    body = chunk(b'IDAT', zlib.compress(bytes(100)))
    return SIGNATURE + chunk(b'IHDR', header) + body + chunk(b'IEND', b'')
