import cv2
import numpy as np
import pytest
from helpers import run

from srm_mmseg.evaluation.functional import f_score, map_histogram, precision_recall


def make(out, train, test, seed=0):
    command = ('python', 'tools/make_toy_dataset.py', out)
    run(*command, '--train', train, '--test', test, '--seed', seed)
    return {path.relative_to(out): path.read_bytes() for path in out.rglob('*.*')}


def test_layout_is_that_of_duts(tmp_path):
    files = make(tmp_path, 2, 1)
    assert sorted(map(str, files)) == [
        'DUTS-TE/DUTS-TE-Image/00000.jpg',
        'DUTS-TE/DUTS-TE-Mask/00000.png',
        'DUTS-TR/DUTS-TR-Image/00000.jpg',
        'DUTS-TR/DUTS-TR-Image/00001.jpg',
        'DUTS-TR/DUTS-TR-Mask/00000.png',
        'DUTS-TR/DUTS-TR-Mask/00001.png',
    ]


def test_deterministic_for_a_seed_whatever_the_count(tmp_path):
    few, more = make(tmp_path / 'few', 1, 1, seed=3), make(tmp_path / 'more', 2, 2, seed=3)
    assert few and all(more[name] == content for name, content in few.items())
    other = make(tmp_path / 'other', 1, 1, seed=4)
    assert all(other[name] != content for name, content in few.items())
    train, test = (few[name] for name in sorted(few) if name.suffix == '.png')
    assert train != test


def test_refuses_a_folder_with_other_files(tmp_path):
    make(tmp_path, 2, 1)
    make(tmp_path, 2, 1)
    done = run('python', 'tools/make_toy_dataset.py', tmp_path, '--train', 1, check=False)
    assert done.returncode == 1 and 'Name another folder' in done.stderr
    assert (tmp_path / 'DUTS-TR/DUTS-TR-Image/00001.jpg').exists()


@pytest.fixture(scope='module')
def pairs(tmp_path_factory):
    root = tmp_path_factory.mktemp('toy')
    make(root, 1, 60)
    masks = sorted((root / 'DUTS-TE/DUTS-TE-Mask').iterdir())
    images = sorted((root / 'DUTS-TE/DUTS-TE-Image').iterdir())
    return [
        (cv2.imread(str(i)), cv2.imread(str(m), cv2.IMREAD_UNCHANGED))
        for i, m in zip(images, masks)
    ]


def test_masks_are_0_and_255_of_the_images_size(pairs):
    assert len(pairs) == 60
    for image, mask in pairs:
        assert image.shape[:2] == mask.shape
        assert set(np.unique(mask)) == {0, 255}


def max_f_pr(maps_and_masks):
    curves = [
        precision_recall(*map_histogram(saliency, mask > 128).by_threshold())
        for saliency, mask in maps_and_masks
    ]
    return f_score(*np.mean(curves, axis=0)).max()


def test_trivial_maps_score_badly(pairs):
    size = (64, 64)
    prior = np.mean([cv2.resize(mask, size) for _, mask in pairs], axis=0)
    centre = [(cv2.resize(prior, mask.shape[::-1]).astype(np.uint8), mask) for _, mask in pairs]
    bright = [(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), mask) for image, mask in pairs]
    dark = [(255 - grey, mask) for grey, mask in bright]
    saturated = [(cv2.cvtColor(image, cv2.COLOR_BGR2HSV)[..., 1], mask) for image, mask in pairs]
    assert max(map(max_f_pr, (centre, bright, dark, saturated))) < 0.5


def test_objects_vary(pairs):
    shares = [(mask > 0).mean() for _, mask in pairs]
    assert min(shares) < 0.05 and max(shares) > 0.25
    sizes = {image.shape for image, _ in pairs}
    assert len(sizes) > 50
