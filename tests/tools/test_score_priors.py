import re

import cv2
import numpy as np
import pytest
from helpers import run


def test_floor_of_a_data_set(tiny_config, toy_data):
    done = run('python', 'tools/score_priors.py', tiny_config, data=toy_data)
    rows = re.findall(r'\| +(all black|mean training mask) +\| ([\d.]+) \|', done.stdout)
    scores = {name: float(mae) for name, mae in rows}
    masks = (toy_data / 'toy/DUTS-TE/DUTS-TE-Mask').iterdir()
    shares = [(cv2.imread(str(path), cv2.IMREAD_UNCHANGED) > 128).mean() for path in masks]
    assert len(shares) == 5
    assert scores['all black'] == pytest.approx(np.mean(shares), abs=1e-4)
    assert scores['mean training mask'] != scores['all black']
