"""Pictures whose levels have 10, 12 or 14 bits, stored in 16."""

import io
import struct
import warnings
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from srm_mmseg.datasets.photograph import decode, upright_rgb
from srm_mmseg.datasets.saliency_mask import binarise, grey_levels

RAMP = np.linspace(0, 255, 600).reshape(20, 30).round().astype(np.uint16)


def levels_of(bits: int, top: int = 255) -> np.ndarray:
    """A ramp from 0 to ``top`` / 255 of the highest level of so many bits."""
    levels = np.minimum(RAMP, top).astype(int) * ((1 << bits) - 1) // 255
    return levels.astype(np.uint16)


def png(levels: np.ndarray, significant: int | None = None) -> bytes:
    data = cv2.imencode('.png', levels)[1].tobytes()
    if significant is None:
        return data
    body = b'sBIT' + bytes([significant] * (1 if levels.ndim == 2 else 3))
    return (
        data[:33]
        + struct.pack('>L', len(body) - 4)
        + body
        + struct.pack('>L', zlib.crc32(body))
        + data[33:]
    )


def tiff(levels: np.ndarray, **tags: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(levels).save(file, 'TIFF', tiffinfo={int(t[1:]): v for t, v in tags.items()})
    return file.getvalue()


def read(data: bytes) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        return upright_rgb(decode(data))


@pytest.mark.parametrize('bits', [10, 12, 14, 16])
@pytest.mark.parametrize('colour', [False, True])
def test_levels_that_end_where_bits_do(bits, colour):
    levels = levels_of(bits)
    levels = np.dstack([levels, levels // 2, levels // 4]) if colour else levels
    for data in (png(levels), cv2.imencode('.tif', levels)[1].tobytes()):
        pixels = read(data)
        expected = levels[..., ::-1] if colour else np.dstack([levels] * 3)
        np.testing.assert_allclose(pixels, expected / ((1 << bits) - 1) * 255, atol=1)


def test_alpha_of_sixteen_bits_stays():
    levels = levels_of(12)
    data = png(np.dstack([levels] * 3 + [np.full_like(levels, 65535)]))
    image = decode(data)
    assert image.mode == 'RGBA' and image.getextrema() == ((0, 255),) * 3 + ((255, 255),)


@pytest.mark.parametrize('declared', ['sBIT', 'MaxSampleValue', 'SMaxSampleValue'])
def test_a_file_that_tells_its_bits(declared):
    levels = levels_of(12, top=200)
    files = {
        'sBIT': lambda: png(levels, 12),
        'MaxSampleValue': lambda: tiff(levels, t281=4095),
        'SMaxSampleValue': lambda: tiff(levels, t341=4095),
    }
    assert read(files[declared]()).max() == 200


def test_a_file_whose_levels_are_above_what_it_tells():
    """PNG's standard scales levels to all 16 bits and says how many were significant."""
    np.testing.assert_array_equal(read(png(levels_of(16), 12))[..., 0], levels_of(16) >> 8)


@pytest.mark.parametrize('top', [300, 3000, 4000])
def test_dark_photographs_stay_dark(top):
    levels = (RAMP.astype(int) * top // 255).astype(np.uint16)
    for data in (png(levels), png(np.dstack([levels] * 3))):
        with pytest.warns(UserWarning, match=rf'levels up to 65535, but got up to {top}.*sBIT'):
            pixels = upright_rgb(decode(data))
        assert pixels.max() == top >> 8


def test_photographs_of_moderate_darkness_are_no_news():
    assert read(png((RAMP * 30).astype(np.uint16))).max() == 255 * 30 >> 8


@pytest.mark.parametrize('top', [1, 255, 1000, 1023, 3900, 4095, 16000, 16383, 65535])
def test_masks_of_any_number_of_bits(top):
    truth = np.zeros((6, 8), np.uint8)
    truth[2:5, 3:7] = 1
    mask = binarise(grey_levels(decode(png(truth.astype(np.uint16) * top))))
    np.testing.assert_array_equal(mask, truth)


def test_soft_masks_keep_their_shades():
    levels = grey_levels(decode(png(levels_of(12))))
    np.testing.assert_allclose(levels, RAMP, atol=0.1)
