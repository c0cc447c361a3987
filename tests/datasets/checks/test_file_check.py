import os

import pytest
from PIL import Image

from srm_mmseg.datasets.checks.file_check import decode_file
from srm_mmseg.datasets.checks.pair_check import Pair, check_pair


def kinds(path):
    image, findings = decode_file(str(path))
    assert (image is None) == any(finding.is_fault for finding in findings)
    return [finding.kind for finding in findings]


@pytest.fixture
def picture():
    return Image.linear_gradient('L').convert('RGB')


@pytest.mark.parametrize('suffix', ['.jpg', '.png', '.webp'])
def test_sound_files(picture, tmp_path, suffix):
    picture.save(tmp_path / f'a{suffix}')
    assert kinds(tmp_path / f'a{suffix}') == []


@pytest.mark.parametrize('options', [dict(), dict(progressive=True)])
@pytest.mark.parametrize('suffix', ['.jpg', '.png'])
def test_a_file_cut_anywhere_is_found(picture, tmp_path, suffix, options):
    path = tmp_path / f'a{suffix}'
    picture.resize((60, 50)).save(path, **(options if suffix == '.jpg' else {}))
    data = path.read_bytes()
    lengths = range(4, len(data), 7)
    assert len(lengths) > 20
    for length in (*lengths, len(data) - 2, len(data) - 1):
        path.write_bytes(data[:length])
        assert kinds(path) == ['corrupt_file'], f'{length} of {len(data)} bytes'


def test_a_png_with_an_altered_byte_is_found(picture, tmp_path):
    path = tmp_path / 'a.png'
    picture.save(path)
    data = path.read_bytes()
    for position in range(16, len(data), 97):
        path.write_bytes(data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :])
        assert kinds(path) == ['corrupt_file'], f'byte {position} of {len(data)}'


def test_bytes_after_the_end_do_no_harm(picture, tmp_path):
    for name in ('a.jpg', 'a.png'):
        picture.save(tmp_path / name)
        with (tmp_path / name).open('ab') as file:
            file.write(b'comment')
        assert kinds(tmp_path / name) == []


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / 'a.jpg')
    assert kinds(tmp_path / 'a.jpg') == ['not_a_file']


def test_a_file_that_may_not_be_read(picture, tmp_path, monkeypatch):
    picture.save(tmp_path / 'a.jpg')

    def refuse(path):
        raise PermissionError(13, 'Permission denied')

    monkeypatch.setattr('pathlib.Path.read_bytes', refuse)
    assert kinds(tmp_path / 'a.jpg') == ['unreadable_file']


def test_an_image_of_too_many_pixels(picture, tmp_path, monkeypatch):
    picture.save(tmp_path / 'a.png')
    monkeypatch.setenv('SRM_IMAGE_GIB', '1e-6')
    assert kinds(tmp_path / 'a.png') == ['refused_file']


def test_broken_exif_is_a_fault_of_an_image_only(picture, tmp_path):
    for name in ('a.jpg', 'a.png'):
        picture.save(tmp_path / name, exif=b'Exif\0\0II*\0\xff\xff\xff\xff')
    check = check_pair(Pair('a', str(tmp_path / 'a.jpg'), str(tmp_path / 'a.png')))
    assert check.mask is not None


def test_whatever_error_a_decoder_raises_is_a_fault_of_the_file(picture, tmp_path, monkeypatch):
    picture.save(tmp_path / 'a.png')

    def fail(data):
        raise TypeError('Missing dimensions')

    monkeypatch.setattr('srm_mmseg.datasets.checks.file_check.decode', fail)
    assert kinds(tmp_path / 'a.png') == ['corrupt_file']
