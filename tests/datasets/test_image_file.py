import numpy as np
import pytest
from PIL import Image

from srm_mmseg.datasets.image_file import read_image


@pytest.fixture
def photograph(tmp_path):
    path = tmp_path / 'photograph.jpg'
    pixels = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def test_reads_the_whole_image(photograph):
    assert read_image(str(photograph)).size == (80, 60)


def test_truncated_jpeg(photograph):
    data = photograph.read_bytes()
    photograph.write_bytes(data[: len(data) // 2])
    with pytest.raises(ValueError, match='photograph.jpg.*truncated.*ann_file'):
        read_image(str(photograph))


@pytest.mark.parametrize('content', [b'', b'no image at all', b'\x89PNG\r\n\x1a\n'])
def test_no_image(tmp_path, content):
    path = tmp_path / 'text.png'
    path.write_bytes(content)
    with pytest.raises(ValueError, match='complete image file.*text.png.*ann_file'):
        read_image(str(path))


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match='gone.jpg.*ann_file'):
        read_image(str(tmp_path / 'gone.jpg'))
