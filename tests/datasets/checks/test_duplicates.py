import numpy as np
from PIL import Image

from srm_mmseg.datasets.checks.duplicates import leaks
from srm_mmseg.datasets.checks.pair_check import Pair, check_pair


def checks(root, **pictures):
    """Write pictures, grey, and check them; all have the same mask."""
    root.mkdir()
    mask = np.zeros((64, 64), np.uint8)
    mask[20:40, 20:40] = 255
    Image.fromarray(mask).save(root / 'mask.png')
    for name, picture in pictures.items():
        Image.fromarray(picture).save(root / f'{name}.png')
    mask_path = str(root / 'mask.png')
    return [check_pair(Pair(name, str(root / f'{name}.png'), mask_path)) for name in pictures]


def test_a_leak_with_a_flat_thumbnail_is_found(tmp_path):
    fine = np.indices((64, 64)).sum(axis=0).astype(np.uint8) % 2 * 255  # grey when made small
    smooth = np.random.default_rng(0).integers(0, 256, (8, 8), np.uint8).repeat(8, 0).repeat(8, 1)
    training = checks(tmp_path / 'train', fine=fine, smooth=smooth, fine_too=fine)
    test = checks(tmp_path / 'test', other=255 - fine, fine=fine, mirrored=smooth[:, ::-1])
    assert training[0].image.thumbnail.std() < 1 and not training[0].image.is_blank
    found = [(one.kind, one.file, one.other) for one in leaks(training, test)]
    paths = [check.pair.image_path for check in training + test]
    assert found == [
        ('leak', paths[4], paths[0]),
        ('leak', paths[4], paths[2]),
        ('near_leak', paths[5], paths[1]),
    ]


def test_an_exact_copy_is_named_once(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
    training, test = (checks(tmp_path / name, noise=noise) for name in ('train', 'test'))
    assert [one.kind for one in leaks(training, test)] == ['leak']
