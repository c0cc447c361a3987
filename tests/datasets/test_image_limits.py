"""What a picture's file may take, and what of it is read."""

import struct
import subprocess
import sys
import threading
import warnings
import zlib

import numpy as np
import pytest
from helpers import REPO
from image_bytes import PICTURE, chunk, encoded, png_of, png_with
from PIL import Image, ImageOps, PngImagePlugin

from srm_mmseg.datasets.image_file import BadFileError, read_image, read_photograph
from srm_mmseg.datasets.image_formats import open_image, refuse_huge
from srm_mmseg.datasets.image_memory import RefusedImageError, limit, shared_memory, wait_for
from srm_mmseg.datasets.photograph import decode, upright_rgb
from srm_mmseg.datasets.tag_table import tag_bytes


def peak_of(code: str) -> int:
    """Run a program and return by how many MB the memory grew after its first line, imports."""
    code = (
        f'from srm_mmseg.engine.peak_memory import peak_memory\n{code}\nprint(peak_memory() >> 20)'
    )
    done = subprocess.run(
        [sys.executable, '-c', code],
        env={'PYTHONPATH': f'{REPO}:{REPO / "tests"}'},
        capture_output=True,
        text=True,
    )
    assert not done.returncode, done.stderr
    before, after = (int(line) for line in done.stdout.splitlines() if line.isdigit())
    return after - before


@pytest.mark.parametrize(
    'format', ['PNG', 'JPEG', 'TIFF', 'BMP', 'WEBP', 'JPEG2000', 'AVIF', 'GIF']
)
def test_headers_of_phone_photographs_are_admitted_and_of_larger_ones_not(format, monkeypatch):
    image = open_image(encoded(format=format))
    monkeypatch.setattr(type(image), 'size', (16320, 12240), raising=False)
    with warnings.catch_warnings():
        warnings.simplefilter('error')  # Pillow's of decompression bombs
        assert open_image(encoded(format=format)).size == (16320, 12240)
    monkeypatch.setattr(type(image), 'width', 60_000, raising=False)
    with pytest.raises(RefusedImageError, match=r'60000x.*GiB.*4 GiB.*SRM_IMAGE_GIB=\d+'):
        open_image(encoded(format=format))


def test_a_picture_above_the_limit_is_no_damaged_one(tmp_path, monkeypatch):
    path = tmp_path / 'huge.png'
    path.write_bytes(png_of(30_000, 20_000))
    said = r"huge.png' has 30000x20000 pixels and would take 11 GiB .* SRM_IMAGE_GIB=12"
    with pytest.raises(BadFileError, match=said) as error:
        read_image(str(path))
    assert 'opy or download' not in str(error.value)
    monkeypatch.setenv('SRM_IMAGE_GIB', '12')
    with pytest.raises(BadFileError, match='truncated|incomplete|broken|opy or download'):
        read_image(str(path))


@pytest.mark.parametrize('text', ['0', '-1', 'nan', 'inf', 'four', '1e9'])
def test_the_limit_is_a_number(text, monkeypatch):
    monkeypatch.setenv('SRM_IMAGE_GIB', text)
    with pytest.raises(ValueError, match=f"SRM_IMAGE_GIB to be .* got '{text}'.*remove it"):
        limit()


def test_a_file_above_the_limit_is_not_read(tmp_path):
    path = tmp_path / 'hole.jpg'
    with path.open('wb') as file:
        file.truncate(5 << 30)
    with pytest.raises(BadFileError, match='hole.jpg. has 5368709120 bytes and would take 5 GiB'):
        read_photograph(str(path))


def test_the_page_refuses_by_megapixels(tmp_path):
    path = tmp_path / 'a.png'
    path.write_bytes(png_of(12_000, 10_000))
    refuse_huge(path, 120)
    with pytest.raises(ValueError, match='at most 50 megapixels, but got 12000x10000'):
        refuse_huge(path, 50)


def test_limits_of_the_program_that_imports_this_are_left_alone():
    code = (
        'from PIL import Image, PngImagePlugin; before = Image.MAX_IMAGE_PIXELS, '
        'PngImagePlugin.MAX_TEXT_CHUNK\nimport srm_mmseg.datasets.photograph\n'
        'assert before == (Image.MAX_IMAGE_PIXELS, PngImagePlugin.MAX_TEXT_CHUNK)'
    )
    subprocess.run([sys.executable, '-c', code], env={'PYTHONPATH': str(REPO)}, check=True)


OTHERS = ('ICO', 'PCX', 'SGI', 'DDS', 'EPS')


@pytest.mark.parametrize('format', OTHERS)
def test_other_formats_are_named(format):
    with pytest.raises(RefusedImageError, match=f'is a {format} file.*Save it as a JPEG or a PNG'):
        decode(encoded(format=format))


def test_threads_share_the_limit(monkeypatch):
    monkeypatch.setenv('SRM_IMAGE_GIB', '1')
    together, most, lock = 0, 0, threading.Lock()

    def work(share):
        nonlocal together, most
        for _ in range(20):
            with shared_memory():
                wait_for(share)
                wait_for(share // 2)  # a second picture beside the first never waits
                with lock:
                    together += share
                    most = max(most, together)
                with lock:
                    together -= share

    threads = [threading.Thread(target=work, args=[share << 20]) for share in (400, 400, 700, 3000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    assert most <= 3000 << 20
    wait_for(1 << 40)  # outside it nothing waits


BIG = b'x' * (2 << 20)
TEXTS = {
    'tEXt': chunk(b'tEXt', b'workflow\0' + BIG),
    'zTXt': chunk(b'zTXt', b'workflow\0\0' + zlib.compress(BIG)),
    'iTXt': chunk(b'iTXt', b'workflow\0\0\0\0\0' + BIG),
    'packed iTXt': chunk(b'iTXt', b'workflow\0\1\0\0\0' + zlib.compress(BIG)),
    'XMP': chunk(b'iTXt', b'XML:com.adobe.xmp\0\1\0\0\0' + zlib.compress(BIG)),
    'EXIF as text': chunk(b'zTXt', b'Raw profile type exif\0\0' + zlib.compress(BIG)),
    'many texts': chunk(b'tEXt', b'a\0' + b'x' * 2**19) * 130,
    'a text that is cut off': chunk(b'zTXt', b'workflow\0\0' + zlib.compress(BIG)[:99]),
    'a private chunk': chunk(b'prVt', BIG),
}


@pytest.mark.parametrize('what', TEXTS)
def test_texts_of_any_size(what):
    np.testing.assert_array_equal(upright_rgb(decode(png_with(TEXTS[what]))), PICTURE)
    after = encoded()
    after = after[:-12] + TEXTS[what] + after[-12:]  # behind the pixels
    np.testing.assert_array_equal(upright_rgb(decode(after)), PICTURE)


def test_texts_and_profiles_that_are_bombs_are_not_unpacked():
    growth = peak_of(
        'import warnings, zlib; from image_bytes import *\n'
        'from srm_mmseg.datasets.photograph import decode\n'
        'packer = zlib.compressobj(); zeros = bytes(1 << 20)\n'
        'bomb = b"".join([*(packer.compress(zeros) for _ in range(90)), packer.flush()])\n'
        'files = [png_with(chunk(b"zTXt", b"a\\0\\0" + bomb)), '
        'png_with(chunk(b"iCCP", b"a\\0\\0" + bomb)), '
        'png_with(chunk(b"zTXt", b"Raw profile type exif\\0\\0" + bomb))]\n'
        'warnings.simplefilter("ignore"); print(peak_memory() >> 20)\n'
        'for file in files: assert decode(file).size == (40, 30)'
    )
    assert growth < 50


@pytest.mark.parametrize('size', [3000, 2 << 20, 5 << 20])
def test_profiles_are_kept(size):
    profile = np.random.default_rng(0).bytes(1000) * (size // 1000)
    assert decode(encoded(icc_profile=profile)).info['icc_profile'] == profile
    if size < 4 << 20:
        jpeg = encoded(format='JPEG', icc_profile=profile)
        assert decode(jpeg).info['icc_profile'] == profile


def test_profiles_that_cannot_be_used_are_left_out_with_a_warning():
    for body in (b'a\0\0' + zlib.compress(bytes(17 << 20)), b'a\0\0no zlib', b''):
        with pytest.warns(UserWarning, match='profile is damaged or larger than 16 MB'):
            image = decode(png_with(chunk(b'iCCP', body)))
        assert 'icc_profile' not in image.info and image.size == (40, 30)


def test_orientations_in_texts_still_count():
    text = PngImagePlugin.PngInfo()
    text.add_itxt('XML:com.adobe.xmp', '<x tiff:Orientation="6"/>')
    assert upright_rgb(decode(encoded(pnginfo=text))).shape == (40, 30, 3)


def jpeg_with(*segments: tuple[int, bytes]) -> bytes:
    data = encoded(format='JPEG')
    added = b''.join(
        bytes([0xFF, marker]) + struct.pack('>H', len(body) + 2) + body for marker, body in segments
    )
    return data[:2] + added + data[2:]


def test_jpegs_with_megabytes_of_metadata():
    for marker, begin in ((0xE1, b'http://ns.adobe.com/xap/1.0/\0'), (0xED, b'x'), (0xFE, b'x')):
        segments = [(marker, begin + bytes(60_000))] * 40
        assert decode(jpeg_with(*segments)).size == (40, 30)


def tags(count: int, size: int) -> bytes:
    """Make a table of tags that all name the same bytes."""
    rows = b''.join(struct.pack('<HHLL', 40_000 + tag, 7, size, 8) for tag in range(count))
    return b'II*\0' + struct.pack('<LH', 8, count) + rows + bytes(4)


@pytest.mark.parametrize('format', ['JPEG', 'PNG', 'WEBP', 'TIFF'])
def test_tags_that_name_the_same_bytes_again_and_again(format):
    bomb = tags(5000, 50_000)
    assert tag_bytes(bomb) > 200 << 20
    data = bomb
    if format == 'JPEG':
        data = jpeg_with((0xE1, b'Exif\0\0' + bomb))
    elif format != 'TIFF':
        data = encoded(format=format, exif=b'Exif\0\0' + bomb)
    with pytest.raises(ValueError, match='has tags that name [0-9]{9} bytes'):
        upright_rgb(decode(data))


@pytest.mark.parametrize('orientation', range(1, 9))
def test_pictures_are_turned_as_pillow_does(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = decode(encoded(exif=exif))
    np.testing.assert_array_equal(upright_rgb(image), ImageOps.exif_transpose(image))


@pytest.mark.parametrize('mode', ['1', 'L', 'LA', 'P', 'RGB', 'RGBA', 'CMYK', 'YCbCr'])
def test_strips_are_as_the_whole(mode, monkeypatch):
    image = PICTURE.convert(mode)
    whole = upright_rgb(image)
    monkeypatch.setattr('srm_mmseg.datasets.strips.STRIP', 7 * 40)
    np.testing.assert_array_equal(upright_rgb(image), whole)


FIRST_FRAMES = ('PNG', 'GIF', 'WEBP', 'TIFF', 'AVIF')


@pytest.mark.parametrize('format', FIRST_FRAMES)
def test_of_many_frames_the_first_is_read(format):
    frames = [Image.new('RGB', (8, 8), (index, 0, 200)) for index in range(30)]
    options = {} if format == 'TIFF' else {'duration': 40}
    data = encoded(frames[0], format, save_all=True, append_images=frames[1:], **options)
    assert np.abs(upright_rgb(decode(data)) - np.int16([0, 0, 200])).max() < 9


@pytest.mark.slow
@pytest.mark.parametrize('suffix', ['png', 'jpg'])
def test_two_hundred_megapixels(suffix, tmp_path):
    """The pictures of phones: read, and in the memory that is stated."""
    path = tmp_path / f'phone.{suffix}'
    image = Image.new('RGB', (16320, 12240), (200, 100, 50))
    image.save(path, **({'compress_level': 1} if suffix == 'png' else {}))
    growth = peak_of(
        'from srm_mmseg.apis.sources import pixels_of_file\nprint(peak_memory() >> 20)\n'
        f'assert pixels_of_file({str(path)!r}).shape == (12240, 16320, 3)'
    )
    assert growth < 8 * 16320 * 12240 >> 20  # bytes a pixel: 4 in Pillow, 3 of RGB


def test_sizes_are_taken_from_headers_before_pixels():
    """A header of any size costs no memory."""
    growth = peak_of(
        'import itertools; from image_bytes import *\n'
        'from srm_mmseg.datasets.image_formats import RefusedImageError, open_image\n'
        'print(peak_memory() >> 20)\n'
        'for side, kind in itertools.product((14_000, 65_000, 2**31 - 1), (0, 2, 6)):\n'
        '    try: open_image(png_of(side, side, kind))\n'
        '    except RefusedImageError: assert side > 14_000'
    )
    assert growth < 20
