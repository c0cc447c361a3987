import io
import struct
import zlib

import icc_profiles as icc
import numpy as np
import pytest
import tifffile
from PIL import Image

from srm_mmseg.datasets.photograph import decode, on_white, upright, upright_rgb

ORANGE = (200, 100, 40)
HIDDEN = (9, 250, 9)
RGBA = np.zeros((16, 24, 4), np.uint8)
RGBA[:, :8] = (*ORANGE, 255)
RGBA[:, 8:16] = (*ORANGE, 128)
RGBA[:, 16:] = (*HIDDEN, 0)


def png(depth, colour_type, row, *chunks) -> bytes:
    """A PNG one pixel high; bytes or 16-bit numbers of the row."""

    def chunk(name, data):
        return (
            struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))
        )

    def packed(numbers):
        return b''.join(struct.pack('>H' if depth == 16 else '>B', one) for one in numbers)

    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour_type]
    header = struct.pack('>IIBBBBB', len(row) // channels, 1, depth, colour_type, 0, 0, 0)
    if depth < 8:
        row = [sum(level << (8 - depth * (i + 1)) for i, level in enumerate(row))]
    parts = [chunk(b'IHDR', header), *(chunk(*one) for one in chunks)]
    parts += [chunk(b'IDAT', zlib.compress(b'\0' + packed(row))), chunk(b'IEND', b'')]
    return b'\x89PNG\r\n\x1a\n' + b''.join(parts)


def key(*levels):
    return b'tRNS', struct.pack(f'>{len(levels)}H', *levels)


def saved(image, suffix, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, suffix, **options)
    return file.getvalue()


def tiff(pixels, kind) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, photometric='rgb', extrasamples=[kind])
    return file.getvalue()


@pytest.mark.parametrize(
    'data',
    [
        saved(Image.fromarray(RGBA), 'PNG'),
        saved(Image.fromarray(RGBA), 'TIFF'),
        saved(Image.fromarray(RGBA), 'JPEG2000'),
        saved(Image.fromarray(RGBA), 'AVIF', quality=100, subsampling='4:4:4'),
        saved(Image.fromarray(RGBA), 'WEBP', lossless=True),
        saved(
            Image.fromarray(RGBA),
            'WEBP',
            lossless=True,
            save_all=True,
            append_images=[Image.new('RGBA', (24, 16), 'blue')],
        ),
        saved(Image.fromarray(RGBA).quantize(8), 'PNG'),
        tiff(RGBA, 'unassalpha'),
        tiff(RGBA.astype(np.uint16) * 257, 'unassalpha'),
        tiff(
            (RGBA * (RGBA[..., 3:] / 255 * (1, 1, 1, 0) + (0, 0, 0, 1))).astype('u1'), 'assocalpha'
        ),
        png(16, 6, [257 * int(level) for level in RGBA[0].ravel()]),
    ],
    ids=[
        *('PNG', 'TIFF', 'JPEG2000', 'AVIF', 'WebP', 'animated WebP', 'palette'),
        *('TIFF RGBA', 'TIFF 16 bits', 'TIFF premultiplied', 'PNG 16 bits'),
    ],
)
def test_transparent_pictures_are_seen_on_white(data):
    pixels, seen = upright(decode(data)), upright_rgb(decode(data))
    assert (pixels[0, ::8, 3] == [255, 128, 0]).all()
    assert np.abs(pixels[0, :9:8, :3].astype(int) - ORANGE).max() <= 2
    half = np.array(ORANGE) * 128 / 255 + 127
    assert np.abs(seen[0, ::8] - [ORANGE, half, [255] * 3]).max() <= 2
    assert seen.shape == (len(pixels), 24, 3) and (seen[0, 16:] == 255).all()


@pytest.mark.parametrize(
    ('data', 'expected'),
    [
        (png(8, 2, [1, 2, 3, 1, 2, 4], key(1, 2, 3)), [[1, 2, 3, 0], [1, 2, 4, 255]]),
        (png(16, 2, [0xFFFF, 0, 0, 0, 7, 0], key(0xFFFF, 0, 0)), [[255, 0, 0, 0], [0, 0, 0, 255]]),
        (png(8, 0, [5, 6], key(5)), [[5, 5, 5, 0], [6, 6, 6, 255]]),
        (png(1, 0, [0, 1], key(1)), [[0, 0, 0, 255], [255, 255, 255, 0]]),
        (png(2, 0, [1, 2], key(1)), [[85, 85, 85, 0], [170, 170, 170, 255]]),
        (png(4, 0, [1, 6], key(1)), [[17, 17, 17, 0], [102, 102, 102, 255]]),
        (png(16, 0, [0x1234, 0x1235], key(0x1234)), [[18, 18, 18, 0], [18, 18, 18, 255]]),
        (png(8, 4, [7, 0, 8, 99]), [[7, 7, 7, 0], [8, 8, 8, 99]]),
        (png(16, 4, [0x0700, 0, 0x08FF, 0x6363]), [[7, 7, 7, 0], [8, 8, 8, 99]]),
        (
            png(8, 3, [0, 1], (b'PLTE', bytes([1, 2, 3, 4, 5, 6])), (b'tRNS', bytes([77]))),
            [[1, 2, 3, 77], [4, 5, 6, 255]],
        ),
    ],
)
def test_kinds_of_transparency_of_png(data, expected):
    assert upright(decode(data)).tolist() == [expected]


def test_gif():
    frame = Image.fromarray(np.repeat([[0, 1, 2]], 4, axis=0).astype(np.uint8), 'P')
    frame.putpalette([*ORANGE, *HIDDEN, 0, 0, 255])
    other = frame.copy().transpose(Image.Transpose.ROTATE_180)
    data = saved(frame, 'GIF', transparency=1, save_all=True, append_images=[other], disposal=2)
    assert decode(data).n_frames == 2
    assert (upright(decode(data))[0, :, 3] == [255, 0, 255]).all()
    assert (upright_rgb(decode(data))[0] == [ORANGE, (255, 255, 255), (0, 0, 255)]).all()


@pytest.mark.parametrize('mode', ['LA', 'La', 'PA', 'RGBA', 'RGBa'])
def test_images_in_memory(mode):
    image = Image.fromarray(RGBA)
    image = (
        image.convert('P').convert('PA')
        if mode == 'PA'
        else image.convert({'La': 'LA', 'RGBa': 'RGBA'}.get(mode, mode))
    )
    if mode == 'PA':
        image.putalpha(Image.fromarray(RGBA[..., 3]))
    image = image.convert(mode) if mode in ('La', 'RGBa') else image
    assert image.mode == mode
    assert (upright(image)[0, ::8, 3] == [255, 128, 0]).all()
    assert (upright_rgb(image)[0, 16:] == 255).all()


def test_an_opaque_alpha_channel_is_left_out():
    opaque = RGBA.copy()
    opaque[..., 3] = 255
    assert (upright(Image.fromarray(opaque)) == opaque[..., :3]).all()


def test_hidden_colours_are_never_seen():
    other = RGBA.copy()
    other[:, 16:, :3] = (255, 0, 255)
    assert (on_white(RGBA) == on_white(other)).all()


@pytest.mark.parametrize('grey', [False, True])
def test_transparent_pictures_with_a_profile(grey):
    curve = icc.gamma(1.8)
    image = Image.fromarray(RGBA).convert('LA' if grey else 'RGBA')
    profile = icc.grey_profile(curve) if grey else icc.rgb_profile(icc.ADOBE, curve)
    pixels = upright(decode(saved(image, 'PNG', icc_profile=profile)))
    stored = np.asarray(image.convert('RGB'))[0, 0]
    expected = (
        icc.encoded(curve(stored / 255)) if grey else icc.rgb_in_srgb(stored, icc.ADOBE, curve)
    )
    assert np.abs(pixels[0, 0, :3] - expected).max() <= 2
    assert (pixels[0, ::8, 3] == [255, 128, 0]).all()


def test_alpha_turns_with_the_picture():
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels = upright(decode(saved(Image.fromarray(RGBA), 'PNG', exif=exif)))
    assert pixels.shape == (24, 16, 4) and (pixels[::8, 0, 3] == [255, 128, 0]).all()
