import cv2
import numpy as np
from helpers import REPO, run

from srm_mmseg.jobs.browse_dataset import outlined, shades


def test_draws_batches(tiny_config, toy_data, tmp_path):
    done = run(
        *('python', 'tools/browse_dataset.py', tiny_config),
        *('--out', tmp_path / 'a', '--work-dir', tmp_path, '--batches', 2),
        data=toy_data,
    )
    assert f'2 pictures: {tmp_path}/a/train_*.png' in done.stdout
    first, second = (cv2.imread(str(tmp_path / f'a/train_{i}.png')) for i in (0, 1))
    assert first.std() > 30 and np.abs(first.astype(int) - second).mean() > 5


def test_of_the_test_set(tiny_config, toy_data, tmp_path):
    run(
        *('python', 'tools/browse_dataset.py', tiny_config, '--split', 'test'),
        *('--work-dir', tmp_path, '--batches', 1),
        data=toy_data,
    )
    assert [path.name for path in tmp_path.glob('*.png')] == ['test_0.png']


def test_a_model_without_normalisation(tiny_config, toy_data, tmp_path):
    released = str(REPO / 'configs/_base_/models/srm_preact-r50.py')
    config = tmp_path / 'released.py'
    config.write_text(f"""
from mmengine.config import Config
_base_ = {str(tiny_config)!r}
model = dict(
    data_preprocessor=dict(_delete_=True, **Config.fromfile({released!r}).model.data_preprocessor)
)
""")
    for name in (tiny_config, config):
        out = tmp_path / name.stem
        run(
            *('python', 'tools/browse_dataset.py', name, '--split', 'test'),
            *('--work-dir', tmp_path, '--out', out, '--batches', 1),
            data=toy_data,
        )
    normalised, plain = (
        cv2.imread(str(tmp_path / f'{name}/test_0.png')).astype(int)
        for name in ('tiny', 'released')
    )
    assert np.abs(normalised - plain).max() <= 1  # the same colours, in the same order


def test_a_data_set_that_is_not_there(tiny_config, tmp_path):
    done = run(
        *('python', 'tools/browse_dataset.py', tiny_config, '--work-dir', tmp_path),
        data=tmp_path,
        check=False,
    )
    assert done.returncode == 1 and 'Traceback' not in done.stderr
    assert done.stderr.strip().splitlines()[-1].startswith("error: Expected the folder '")


def test_what_the_loss_leaves_out_is_no_object():
    mask = np.zeros((20, 20), np.uint8)
    mask[5:15, 5:15], mask[:, :2] = 1, 255
    assert sorted({*shades(mask).flatten()}) == [0, 0.5, 1]
    drawn = outlined(np.zeros((20, 20, 3), np.uint8), mask)
    assert not drawn[:, :3].any() and drawn[5, 5, 0] == 255
