import numpy as np
import pytest
from PIL import Image

from srm_mmseg.datasets.saliency_mask import binarise, grey_levels

TRUTH = np.zeros((6, 8), np.uint8)
TRUTH[2:5, 3:7] = 1


def palette_image(indices, *colours):
    image = Image.fromarray(indices, 'P')
    image.putpalette([channel for colour in colours for channel in colour])
    return image


ENCODINGS = {
    '1-bit': lambda: Image.fromarray(TRUTH * 255).convert('1'),
    '0/1': lambda: Image.fromarray(TRUTH),
    '0/255': lambda: Image.fromarray(TRUTH * 255),
    'grey': lambda: Image.fromarray(np.where(TRUTH, 129, 128).astype(np.uint8)),
    '16 bits': lambda: Image.fromarray(TRUTH.astype(np.uint16) * 65535),
    '16 bits, 8 used': lambda: Image.fromarray(TRUTH.astype(np.uint16) * 255),
    '16 bits, 0/1': lambda: Image.fromarray(TRUTH.astype(np.uint16)),
    'RGB': lambda: Image.fromarray(TRUTH * 255).convert('RGB'),
    'RGB, 0/1': lambda: Image.fromarray(TRUTH).convert('RGB'),
    'RGBA, opaque': lambda: Image.fromarray(TRUTH * 255).convert('RGBA'),
    'grey with alpha': lambda: Image.fromarray(TRUTH * 255).convert('LA'),
    'palette of greys': lambda: palette_image(TRUTH, (0, 0, 0), (255, 255, 255)),
    'palette, white first': lambda: palette_image(1 - TRUTH, (255, 255, 255), (0, 0, 0)),
    'palette of labels': lambda: palette_image(TRUTH, (0, 0, 0), (128, 0, 0)),
    'palette of grey labels': lambda: palette_image(TRUTH, (0, 0, 0), (128, 128, 128)),
    'palette of dark labels': lambda: palette_image(TRUTH, (0, 0, 0), (40, 0, 0)),
}


@pytest.mark.parametrize('name', ENCODINGS)
def test_every_encoding_becomes_0_and_1(name, tmp_path):
    path = tmp_path / 'mask.png'
    ENCODINGS[name]().save(path)
    mask = binarise(grey_levels(Image.open(path)))
    assert mask.dtype == np.uint8
    np.testing.assert_array_equal(mask, TRUTH)


def test_threshold_is_above_128_of_255():
    levels = np.uint8([[0, 127, 128, 129, 255]])
    assert binarise(levels).tolist() == [[0, 0, 0, 1, 1]]
    assert binarise(levels, threshold=127).tolist() == [[0, 0, 1, 1, 1]]


def test_empty_and_full_masks():
    assert binarise(np.zeros((2, 2), np.uint8)).max() == 0
    assert binarise(np.full((2, 2), 255, np.uint8)).min() == 1


def test_compression_noise_is_grey_in_a_jpeg_only(tmp_path):
    noise = np.random.default_rng(0).integers(0, 40, (4, 4, 3), dtype=np.uint8)
    noisy = Image.fromarray(np.full((4, 4, 3), 200, np.uint8) + noise)
    noisy.save(tmp_path / 'mask.jpg')
    assert binarise(grey_levels(Image.open(tmp_path / 'mask.jpg'))).min() == 1
    with pytest.raises(ValueError, match='coloured'):
        grey_levels(noisy)


REFUSED = {
    'it is coloured': lambda: Image.fromarray(TRUTH[..., None] * np.uint8([64, 0, 0])),
    'coloured': lambda: Image.fromarray(TRUTH[..., None] * np.uint8([255, 0, 0])),
    'transparent': lambda: Image.fromarray(TRUTH[..., None] * np.uint8([255, 255, 255, 255])),
    "'CMYK'": lambda: Image.fromarray(TRUTH * 255).convert('CMYK'),
    "'F'": lambda: Image.fromarray(TRUTH.astype(np.float32)),
    'levels': lambda: Image.fromarray(TRUTH.astype(np.int32) * 70000),
    'salient': lambda: palette_image(TRUTH * 2, (0, 0, 0), (128, 0, 0), (0, 128, 0)),
}


@pytest.mark.parametrize('reason', REFUSED)
def test_what_cannot_be_told_is_refused(reason):
    with pytest.raises(ValueError, match=reason):
        grey_levels(REFUSED[reason]())
