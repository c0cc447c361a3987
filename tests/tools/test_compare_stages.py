import re

import cv2
from helpers import run

from srm_mmseg.jobs.compare_stages import draw_grid


def test_scores_and_draws_every_stage(trained, tiny_config, toy_data, tmp_path):
    command = ('python', 'tools/compare_stages.py', tiny_config, trained / 'epoch_2.pth')
    done = run(*command, '--work-dir', tmp_path, '--out', tmp_path / 'pictures', data=toy_data)
    rows = dict(re.findall(r'\| +(S\d) +\| +([\d.]+)', done.stdout))
    assert list(rows) == ['S1', 'S2', 'S3'] and len(set(rows.values())) > 1
    alone = run(
        *('python', 'tools/test.py', tiny_config, trained / 'epoch_2.pth'),
        *('--work-dir', tmp_path, '--cfg-options', 'model.test_cfg.stage=0'),
        data=toy_data,
    )
    assert f'MAE: {rows["S1"]}' in alone.stdout + alone.stderr
    picture = cv2.imread(str(tmp_path / 'pictures/stages.png'))
    assert picture.std() > 10
    assert cv2.imread(str(tmp_path / 'pictures/pr.png')).std() > 0


def test_grid_has_a_row_an_image_and_titles_on_top():
    picture = cv2.UMat(8, 8, cv2.CV_8U).get()
    figure = draw_grid([[picture] * 5] * 2, ['image', 'mask', 'S1', 'S2', 'S3'])
    assert len(figure.axes) == 10
    assert [axis.get_title() for axis in figure.axes][:6] == [
        *('image', 'mask', 'S1', 'S2', 'S3'),
        '',
    ]
