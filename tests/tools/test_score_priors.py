import re

import cv2
import numpy as np
import pytest
from helpers import run

TWO_SETS = """
_base_ = {base!r}
{split}_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[
            dict(_base_.{split}_dataloader.dataset, dataset_name=name) for name in ('a', 'b')
        ],
    )
)
"""


def mae(done, prefix=''):
    """Read the printed errors of the black and of the mean map."""
    return [
        float(x) for x in re.findall(rf'\| +{prefix}MAE +\| +([\d.]+) +\| +([\d.]+) +\|', done)[0]
    ]


def test_floor_of_a_data_set(tiny_config, toy_data):
    done = run('python', 'tools/score_priors.py', tiny_config, data=toy_data)
    black, mean = mae(done.stdout)
    masks = (toy_data / 'toy/DUTS-TE/DUTS-TE-Mask').iterdir()
    shares = [(cv2.imread(str(path), cv2.IMREAD_UNCHANGED) > 128).mean() for path in masks]
    assert len(shares) == 5
    assert black == pytest.approx(np.mean(shares), abs=1e-4)
    assert mean != black


@pytest.mark.parametrize('split, prefixes', [('test', ['a/', 'b/']), ('train', [''])])
def test_several_sets(split, prefixes, tiny_config, toy_data, tmp_path):
    config = tmp_path / 'two_sets.py'
    config.write_text(TWO_SETS.format(base=str(tiny_config), split=split))
    one = run('python', 'tools/score_priors.py', tiny_config, data=toy_data)
    two = run('python', 'tools/score_priors.py', config, data=toy_data)
    for prefix in prefixes:
        assert mae(two.stdout, prefix) == mae(one.stdout)
