"""Pictures of each standard test set, planted in the training sets."""

import shutil

import numpy as np
import pytest
from mmengine.config import Config
from PIL import Image
from sod_trees import SETS, names

from srm_mmseg.datasets.checks.config_sets import sets_of_config
from srm_mmseg.datasets.checks.set_check import check_sets
from srm_mmseg.datasets.standard_sets import STANDARD_SETS
from srm_mmseg.datasets.toy_pairs import make_pair

TRAINING = [name for name, one in STANDARD_SETS.items() if one.to_train]
TEST = [name for name, one in STANDARD_SETS.items() if not one.to_train]
PAIRS = 3


def files(name, data) -> list:
    """The images and masks of a set, pair by pair."""
    one = STANDARD_SETS[name]
    return [[data / one.root / path for path in pair] for pair in names(one, PAIRS)]


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    """All sets, no picture twice."""
    root = tmp_path_factory.mktemp('all')
    for number, name in enumerate(STANDARD_SETS):
        for index, paths in enumerate(files(name, root)):
            image, mask = make_pair(np.random.default_rng([number, index]))
            for path, pixels in zip(paths, (image[..., ::-1], mask)):
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(pixels.copy()).save(path)
    return root


def leaks(data, monkeypatch) -> dict:
    """Find the kind of each leak by the two pictures that are alike."""
    monkeypatch.setenv('SOD_DATA', str(data))
    sets = sets_of_config(Config.fromfile(SETS / 'sets_on_disk.py'))
    assert len(sets) == len(STANDARD_SETS)
    found = check_sets(sets, jobs=2)[1]
    return {(one.file, one.other): one.kind for one in found if one.kind in ('leak', 'near_leak')}


def test_each_test_set_is_looked_for_in_each_training_set(data, monkeypatch):
    assert len(TRAINING) == 9 and len(TEST) == 19
    assert leaks(data, monkeypatch) == {}
    planted = {}
    for number, name in enumerate(TEST):
        image = files(name, data)[0][0]
        target = files(TRAINING[number % len(TRAINING)], data)[number // len(TRAINING)][0]
        if number % 2:
            Image.open(image).resize((160, 120)).convert('RGB').save(target)
        else:
            shutil.copyfile(image, target)
        planted[str(image), str(target)] = 'near_leak' if number % 2 else 'leak'
    assert leaks(data, monkeypatch) == planted
