"""Pictures and masks, changed at random: read, or refused by name."""

import io

import numpy as np
import pytest
from fuzzing import SECONDS, changed, fuzz
from odd_images import noise
from PIL import Image

from srm_mmseg.datasets.checks.image_check import check_image
from srm_mmseg.datasets.checks.mask_check import check_mask
from srm_mmseg.datasets.image_file import BadFileError
from srm_mmseg.datasets.photograph import decode, upright_rgb
from srm_mmseg.datasets.saliency_mask import read_mask


def encoded(image: Image.Image, format: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def photographs() -> list[bytes]:
    image, exif = Image.fromarray(noise(17, 12)), Image.Exif()
    exif[0x0112] = 6
    deep = Image.fromarray(np.arange(204, dtype=np.uint16).reshape(12, 17) * 20)
    frames = dict(save_all=True, append_images=[image.rotate(90)] * 2)
    return [
        encoded(image, 'JPEG', exif=exif, icc_profile=b'profile'),
        encoded(image, 'JPEG', progressive=True),
        encoded(image.convert('CMYK'), 'JPEG'),
        encoded(image, 'PNG', exif=exif, icc_profile=b'profile'),
        encoded(image.convert('P'), 'PNG', transparency=1),
        encoded(image, 'PNG', **frames),
        encoded(deep, 'PNG'),
        encoded(image, 'GIF', **frames),
        encoded(image, 'WEBP', exif=exif),
        encoded(image, 'WEBP', lossless=True, **frames),
        encoded(image, 'TIFF', exif=exif),
        *(
            encoded(image, 'TIFF', compression=f'tiff_{c}')
            for c in ('lzw', 'adobe_deflate', 'jpeg')
        ),
        encoded(deep, 'TIFF'),
        encoded(image, 'BMP'),
        encoded(image, 'PPM'),
        encoded(image, 'AVIF', exif=exif),
        encoded(image, 'JPEG2000'),
    ]


def masks() -> list[bytes]:
    truth = np.zeros((40, 50), np.uint8)
    truth[10:30, 10:30] = 1
    mask = Image.fromarray(truth * 255)
    palette = Image.fromarray(truth, 'P')
    palette.putpalette([0, 0, 0, 128, 0, 0])
    return [
        encoded(mask, 'PNG'),
        encoded(mask.convert('1'), 'PNG'),
        encoded(palette, 'PNG'),
        encoded(mask.convert('RGBA'), 'PNG'),
        encoded(Image.fromarray(truth.astype(np.uint16) * 4095), 'PNG'),
        encoded(mask, 'JPEG'),
        encoded(mask, 'BMP'),
        encoded(mask.convert('1'), 'TIFF', compression='group4'),
        encoded(mask, 'GIF'),
    ]


def read_photograph(data: bytes) -> str:
    try:
        pixels = upright_rgb(decode(data))
    except ValueError as error:
        assert str(error)
        return 'refused'
    assert pixels.dtype == np.uint8 and pixels.shape[2] == 3
    return 'read'


@pytest.mark.parametrize('seconds', [0, pytest.param(SECONDS, marks=pytest.mark.long)])
def test_photographs(seconds, monkeypatch):
    monkeypatch.setenv('SRM_IMAGE_GIB', '0.25')  # half of what the memory may grow by
    fuzz(read_photograph, changed(photographs()), seconds)


@pytest.mark.parametrize('seconds', [0, pytest.param(SECONDS, marks=pytest.mark.long)])
def test_masks(seconds, tmp_path, monkeypatch):
    monkeypatch.setenv('SRM_IMAGE_GIB', '0.25')
    path = tmp_path / 'mask.png'

    def check(data: bytes) -> str:
        path.write_bytes(data)
        check_image(str(path))
        facts, findings = check_mask(str(path))
        assert facts or any(finding.is_fault for finding in findings)
        try:
            mask = read_mask(str(path))
        except BadFileError as error:
            assert 'mask.png' in str(error)
            return 'refused'
        assert set(np.unique(mask)) <= {0, 1}
        return 'read'

    fuzz(check, changed(masks()), seconds)
