"""Arrays and PIL images may change after they were given."""

import io

import numpy as np
import pytest
import torch
from odd_images import noise
from PIL import ExifTags, Image, ImageSequence

from srm_mmseg.apis import Failure, Saliency

LEVELS = range(0, 240, 10)


def one_array(folder):
    buffer = np.zeros((3, 5, 3), np.uint8)
    for level in LEVELS:
        buffer[:] = level
        yield buffer


def views_of_a_tensor(folder):
    buffer = torch.zeros(5, 3, 3, dtype=torch.uint8)
    for level in LEVELS:
        buffer[:] = level
        yield buffer.numpy().transpose(1, 0, 2)[..., ::-1]


def a_memory_map(folder):
    buffer = np.memmap(folder / 'frame', np.uint8, 'w+', shape=(3, 5))
    for level in LEVELS:
        buffer[:] = level
        yield buffer
    buffer[:] = 255


def a_buffer_that_is_read_only(folder):
    memory = bytearray(45)
    view = np.frombuffer(memory, np.uint8).reshape(3, 5, 3)
    view.flags.writeable = False
    for level in LEVELS:
        memory[:] = bytes([level]) * 45
        yield view


def a_pil_image_that_is_painted_on(folder):
    image = Image.new('RGB', (5, 3))
    for level in LEVELS:
        image.paste((level,) * 3, (0, 0, 5, 3))
        yield image
    image.close()


def frames_of_an_animation(folder):
    first, *others = (Image.new('RGB', (5, 3), (level,) * 3) for level in LEVELS)
    first.save(folder / 'all.png', save_all=True, append_images=others)
    with Image.open(folder / 'all.png') as animation:
        yield from ImageSequence.Iterator(animation)


def pil_images_closed_afterwards(folder):
    for level in LEVELS:
        Image.new('L', (5, 3), level).save(folder / 'a.png')
        with Image.open(folder / 'a.png') as image:
            yield image


@pytest.mark.parametrize(
    'frames',
    [
        one_array,
        views_of_a_tensor,
        a_memory_map,
        a_buffer_that_is_read_only,
        a_pil_image_that_is_painted_on,
        frames_of_an_animation,
        pil_images_closed_afterwards,
    ],
)
@pytest.mark.parametrize('at_once', [False, True])
def test_a_buffer_that_is_filled_anew(inferencer, tmp_path, frames, at_once):
    """Maps and pictures are of the frame, whether they are taken one by one or at the end."""
    stream = inferencer(frames(tmp_path))
    results = list(stream) if at_once else stream
    levels = []
    for result in results:
        level = int(result.levels()[0, 0])
        assert (result.image == level).all() and (result.cutout() == level).all()
        assert result.overlay()[0, 0, 1] == level // 2 + round(level * 40 / 510)
        levels.append(level)
    assert levels == list(LEVELS)


def test_an_array_that_is_changed_after_its_map(inferencer):
    image = np.full((3, 5, 3), 70, np.uint8)
    (result,) = inferencer(image)
    image[:] = 0
    assert (result.cutout() == 70).all()


def test_a_pil_image_keeps_its_orientation(inferencer):
    image = Image.fromarray(np.tile(np.arange(0, 250, 50, dtype=np.uint8), (3, 1)))
    exif = image.getexif()
    exif[ExifTags.Base.Orientation] = 8
    for suffix in ('jpeg', 'tiff', 'png', 'webp'):
        file = io.BytesIO()
        image.convert('RGB').save(file, suffix, exif=exif)
        (result,) = inferencer(Image.open(file))
        assert result.map.shape == (5, 3), suffix
        assert result.image[0].mean() > result.image[-1].mean() + 100


def test_a_pil_image_that_is_cut_short(inferencer):
    file = io.BytesIO()
    Image.fromarray(noise(60, 50)).save(file, 'jpeg')
    cut = Image.open(io.BytesIO(file.getvalue()[:900]))
    good = Image.fromarray(noise(5, 4))
    first, second = inferencer([cut, good], raise_errors=False)
    assert isinstance(first, Failure) and isinstance(second, Saliency)
    assert 'PIL image as input 0' in str(first.error) and 'truncated' in str(first.error)
    with pytest.raises(ValueError, match='input 0'):
        list(inferencer([cut]))
