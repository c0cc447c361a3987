import os

import numpy as np
import pytest
from odd_images import BROKEN, ODD_SIZES, noise, write_broken_images, write_odd_images
from PIL import Image

from srm_mmseg.apis.sources import files, pixels_of_array, sources


def names(inputs):
    return [source.name for source in sources(inputs)]


@pytest.fixture
def photos(tmp_path):
    for path in ('b.jpg', 'a.PNG', 'deep/c.webp', 'deep/er/d.bmp'):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noise(5, 4)).save(tmp_path / path)
    (tmp_path / 'notes.txt').touch()
    return tmp_path


def test_files_folders_and_patterns(photos):
    everything = ['a', 'b', 'deep/c', 'deep/er/d']
    assert names(photos) == names([photos]) == everything
    assert sorted(names(f'{photos}/**/*.*')) == everything
    assert names(f'{photos}/*') == everything  # the folders that a pattern finds are looked into
    assert names(f'{photos}/deep/*.webp') == ['c']
    assert names([str(photos / 'b.jpg'), photos / 'deep']) == ['b', 'c', 'er/d']


def test_a_pattern_that_leads_upwards_names_nothing_above_the_outputs(photos):
    for given, found in (
        ('deep/er/../../*.PNG', ['a']),
        ('deep/*/../../a.PNG', ['a']),
        ('deep/*/../../deep/*.webp', ['c']),
        ('deep/e*/../..', ['a', 'b', 'deep/c', 'deep/er/d']),
    ):
        assert names(photos / given) == found, given


HIDDEN = (
    *('._a.jpg', '.hidden.png', '.thumbnails/t.jpg', 'deep/.cache/x/t.png', '__MACOSX/a.jpg'),
    *('@eaDir/a.jpg/thumb.jpg', 'deep/$RECYCLE.BIN/r.png', '#recycle/r.png', 'deep/._c.webp'),
)


@pytest.fixture
def with_hidden(photos):
    for path in HIDDEN:
        (photos / path).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noise(5, 4)).save(photos / path)
    return photos


def test_hidden_files_are_left_out(with_hidden):
    everything = ['a', 'b', 'deep/c', 'deep/er/d']
    for given in ('', '/**/*.*', '/*', '/**'):
        assert sorted(names(f'{with_hidden}{given}')) == everything, given
    hidden = {
        os.path.relpath(one.path, with_hidden) for one in files(str(with_hidden)) if one.is_hidden
    }
    assert hidden == {
        *('._a.jpg', '.hidden.png', '.thumbnails', 'deep/.cache', '__MACOSX', '@eaDir'),
        *('deep/$RECYCLE.BIN', '#recycle', 'deep/._c.webp'),
    }


def test_hidden_files_that_are_named_are_taken(with_hidden):
    for given, found in (
        ('._a.jpg', ['._a']),
        ('.thumbnails', ['t']),
        ('.thumbnails/*', ['t']),
        ('.thumb*/*', ['.thumbnails/t']),
        ('.*.png', ['.hidden']),
        ('deep/.cache', ['x/t']),
        ('@eaDir', ['a.jpg/thumb']),
        ('*/$RECYCLE.BIN/*', ['deep/$RECYCLE.BIN/r']),
        ('__MACOSX/a.jpg', ['a']),
    ):
        if given == '@eaDir':  # has a folder of an image's name, which is listed as one
            found = ['a']
        assert names(with_hidden / given) == found, given


def test_a_folder_below_a_hidden_one(tmp_path):
    (tmp_path / '.cache/photos').mkdir(parents=True)
    Image.fromarray(noise(5, 4)).save(tmp_path / '.cache/photos/a.png')
    assert names(tmp_path / '.cache/photos') == ['a']
    assert names(tmp_path / '.cache/photos/*.png') == ['a']


def test_a_folder_linked_into_itself_is_listed_once(photos):
    (photos / 'deep/loop').symlink_to(photos)
    assert names(photos) == ['a', 'b', 'deep/c', 'deep/er/d']


@pytest.mark.parametrize('path', ['gone.jpg', '*.tif', 'nothing'])
def test_nothing_there_is_an_error_that_names_the_path(photos, path):
    (photos / 'nothing').mkdir()
    (source,) = sources(photos / path)
    with pytest.raises(FileNotFoundError, match=f'{photos}.*Check the path'.replace('*.', '.*')):
        source.read()


def test_odd_images_are_upright_rgb(tmp_path):
    write_odd_images(tmp_path)
    images = {source.name: source.read() for source in sources(tmp_path)}
    sizes = {name: image.shape[1::-1] for name, image in images.items()}
    assert sizes == ODD_SIZES
    channels = {name: image.shape[2] for name, image in images.items()}
    assert channels == {name: 4 if name == 'rgba' else 3 for name in ODD_SIZES}
    assert all(image.dtype == np.uint8 for image in images.values())
    assert (images['sixteen'] == noise(40, 30)[..., :1]).all()
    assert (images['rgba'] == np.dstack([noise(33, 44), noise(33, 44, 1)[..., :1]])).all()
    upright = np.rot90(noise(50, 30).astype(int), -1)
    assert (
        np.abs(images['turned'] - upright).mean() < np.abs(images['turned'] - upright[::-1]).mean()
    )
    first, last = (noise(60, 45, seed).astype(int) for seed in (0, 2))
    assert np.abs(images['moving'] - first).mean() < np.abs(images['moving'] - last).mean()


def test_broken_images_are_named(tmp_path):
    write_broken_images(tmp_path)
    os.mkfifo(tmp_path / 'pipe.png')
    reasons = {
        'empty.jpg': 'it is empty',
        'link.jpg': 'gone.jpg.*not there',
        'pipe.png': 'no regular file',
        'text.jpg': 'cannot identify',
        'truncated.jpg': 'truncated',
        'x.png': 'a folder',
    }
    assert reasons.keys() >= set(BROKEN)
    found = {os.path.basename(source.origin): source for source in sources(tmp_path)}
    assert found.keys() == reasons.keys()
    for name, reason in reasons.items():
        with pytest.raises((FileNotFoundError, ValueError), match=f'{name}.*{reason}'):
            found[name].read()


def test_pictures_without_rgb_are_refused(tmp_path):
    Image.fromarray(np.ones((3, 4), np.float32)).save(tmp_path / 'float.tif')
    Image.fromarray(np.full((3, 4), 70_000, np.int32)).save(tmp_path / 'int.tif')
    for source in sources(tmp_path):
        with pytest.raises(ValueError, match=f'{source.name}.tif.*8 bits'):
            source.read()


def test_arrays():
    rgb = noise(6, 5)
    assert (pixels_of_array(rgb) == rgb).all()
    rgba = np.dstack([rgb, rgb[..., :1]])
    assert (pixels_of_array(rgba) == rgba).all()
    assert (pixels_of_array(np.dstack([rgb, np.full((5, 6), 255, np.uint8)])) == rgb).all()
    for grey in (rgb[..., 0], rgb[..., :1]):
        assert (pixels_of_array(grey) == rgb[..., :1]).all() and pixels_of_array(grey).shape == (
            5,
            6,
            3,
        )


@pytest.mark.parametrize('array', [noise(6, 5) / 255, noise(6, 5)[None], noise(6, 5)[:0]])
def test_arrays_of_another_form(array):
    with pytest.raises(ValueError, match='H x W x 3 .RGB.*but got'):
        pixels_of_array(array)


def test_other_inputs():
    with pytest.raises(TypeError, match='a int as input 1'):
        list(sources([noise(6, 5), 3]))
