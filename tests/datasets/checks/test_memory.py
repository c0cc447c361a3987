"""Sets of photographs of 4K are checked pair by pair, within a stated memory."""

import subprocess
import sys

import numpy as np
import pytest
from helpers import REPO
from PIL import Image

MB_A_THREAD = 200  # of pairs of 3840 x 2160
CODE = """
import sys
from srm_mmseg.cli.check_dataset import main
from srm_mmseg.engine.peak_memory import peak_memory
before = peak_memory()
try:
    main()
except SystemExit:
    print(peak_memory() - before >> 20)
"""


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Pairs of 4K: links to one of them, and its mask in other modes."""
    root = tmp_path_factory.mktemp('4K')
    coarse = np.random.default_rng(0).integers(0, 256, (27, 48, 3)).astype(np.uint8)
    Image.fromarray(coarse).resize((3840, 2160)).save(root / 'image.jpg')
    levels = np.zeros((540, 960), np.uint8)
    levels[75:375, 125:625] = 255
    mask = Image.fromarray(levels).resize((3840, 2160))
    deep = Image.fromarray(np.asarray(mask).astype(np.uint16) * 257)
    masks = {'L': mask, 'RGB': mask.convert('RGB'), 'P': mask.convert('P'), 'I;16': deep}
    for mode, picture in masks.items():
        picture.save(root / f'{mode}.png')
        link_pairs(root, mode, f'{mode}.png', 2)
    link_pairs(root, 'many', 'L.png', 12)
    return root


def link_pairs(root, name, mask, count):
    for kind, file in (('images', 'image.jpg'), ('masks', mask)):
        links = root / name / kind
        links.mkdir(parents=True)
        for index in range(count):
            (links / f'{index}{file[-4:]}').symlink_to(root / file)


def peak(folder, jobs, **env) -> int:
    """By how many MB the memory grows in a check of a set."""
    folders = [f'--{kind}={folder / kind}' for kind in ('images', 'masks')]
    done = subprocess.run(
        [sys.executable, '-c', CODE, *folders, f'--jobs={jobs}'],
        env={'PYTHONPATH': str(REPO), **env},
        capture_output=True,
        text=True,
    )
    *report, grown = done.stdout.splitlines()
    count = len(list((folder / 'images').iterdir()))
    assert report[0] == f'{folder.name}: {count} pairs', done.stderr
    return int(grown)


@pytest.mark.parametrize('mode', ['L', 'RGB', 'P', 'I;16'])
def test_a_pair_takes_what_is_stated(mode, folder):
    assert peak(folder / mode, jobs=1) < MB_A_THREAD


def test_many_pairs_take_no_more_than_a_few(folder):
    assert peak(folder / 'many', jobs=2) < 2 * MB_A_THREAD


@pytest.mark.slow
def test_threads_wait_for_each_other_where_the_limit_is_low(folder):
    waiting = peak(folder / 'many', jobs=8, SRM_IMAGE_GIB='0.2')
    assert waiting < MB_A_THREAD < 2 * MB_A_THREAD < peak(folder / 'many', jobs=8)
