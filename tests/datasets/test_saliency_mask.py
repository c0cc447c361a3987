import numpy as np
import pytest
from PIL import Image

from srm_mmseg.datasets.saliency_mask import binarise, doubt_of, grey_levels, read_mask

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


DOUBTFUL = {
    '0/128': TRUTH * 128,
    '0/127': TRUTH * 127,
    '0/100': TRUTH * 100,
    '0/2': TRUTH * 2,
    '0/128/255': np.where(TRUTH, 255, 0) - 127 * (np.arange(8) == 3) * TRUTH,
    '0/129': TRUTH * 129,
}


@pytest.mark.parametrize('name', DOUBTFUL)
def test_levels_at_the_threshold_are_doubtful(name, tmp_path):
    path, doubts = tmp_path / 'mask.png', []
    Image.fromarray(DOUBTFUL[name].astype(np.uint8)).save(path)
    read_mask(str(path), on_doubt=doubts.append)
    [text] = doubts
    assert text.startswith(f'Expected masks of 0 and 255, but of {str(path)!r}')
    lower = {'0/100': 99, '0/2': 1, '0/127': 126}.get(name, 127)
    assert f'threshold={lower} in LoadSaliencyMask, --gt-threshold {lower}' in text
    assert binarise(DOUBTFUL[name], lower)[TRUTH == 1].any()


SURE = {
    'black': TRUTH * 0,
    'one level': TRUTH,
    'white': TRUTH * 0 + 255,
    '0/255': TRUTH * 255,
    'soft edges': np.tile(np.linspace(0, 255, 512), (8, 1)),
    '0/200': TRUTH * 200,
}


@pytest.mark.parametrize('name', SURE)
def test_other_masks_are_not(name):
    assert doubt_of(np.asarray(SURE[name], np.float64)) == ''


def test_another_threshold_is_another_doubt():
    assert doubt_of(TRUTH * 128, 127) and not doubt_of(TRUTH * 128, 100)
    assert doubt_of(TRUTH * 255, 127) == ''
