"""The road of `make demo`, from drawing the data set to the table and the picture."""

import re

import cv2
import pytest
from helpers import run


@pytest.mark.slow
@pytest.mark.alone
def test_stages_sharpen_on_the_toy_set(tmp_path):
    run('python', 'tools/make_toy_dataset.py', tmp_path / 'toy')
    command = ('configs/srm_r18_demo.py', '--work-dir', tmp_path)
    run('python', 'tools/train.py', *command, data=tmp_path, OMP_NUM_THREADS='2')
    weights = (tmp_path / 'last_checkpoint').read_text()
    done = run(
        'python', 'tools/compare_stages.py', command[0], weights, *command[1:], data=tmp_path
    )
    header, *rows = re.findall(r'\| +(stage|S\d) +\|(.+)\|', done.stdout)
    names = [name.strip() for name in header[1].split('|')]
    scores = {stage: dict(zip(names, map(float, values.split('|')))) for stage, values in rows}
    assert scores['S3']['maxF_pr'] > max(0.85, scores['S1']['maxF_pr'])
    assert scores['S3']['MAE'] < scores['S1']['MAE']
    assert cv2.imread(str(tmp_path / 'stages.png')).std() > 10
