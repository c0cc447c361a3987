"""Two machines train and test as one process does; they are network namespaces of this one."""

import json
import subprocess

import pytest
import torch
from helpers import run
from machines import codes, on_both, scores_of_test, wait_for, wait_until
from rank_killer import write_config

from srm_mmseg.evaluation.measures import MEASURES

pytestmark = pytest.mark.slow
LONG = ('--timeout', '0.15', '--cfg-options', 'train_cfg.max_epochs=1000')


@pytest.fixture(scope='module')
def order_free(tiny_config, tmp_path_factory):
    """``tiny_config`` where a step depends on nothing but its four images.

    GN looks at one image, where BN's mean is over those of a process. Flips are drawn by rank. SGD's
    step is proportional to the gradient; AdamW's to its sign where it is near 0.
    """
    path = tmp_path_factory.mktemp('order_free') / 'order_free.py'
    path.write_text(f"""
_base_ = {str(tiny_config)!r}
train_pipeline = [step for step in _base_.train_pipeline if step['type'] != 'RandomFlip']
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
norm = dict(norm_cfg=dict(_delete_=True, type='GN', num_groups=8))
model = dict(backbone=dict(master=norm, refinement=norm))
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='SGD', lr=0.1, momentum=0.9), clip_grad=dict(max_norm=5.0)
)
param_scheduler = None
""")
    return path


def validations(work_dir):
    """Read the measures of each validation with all their digits."""
    (log,) = work_dir.glob('*/vis_data/scalars.json')
    rows = map(json.loads, log.read_text().splitlines())
    return [{key: row[key] for key in MEASURES} for row in rows if 'MAE' in row]


def test_two_machines_train_and_test_as_one_process(two_machines, order_free, toy_data, tmp_path):
    half = ('--cfg-options', 'train_dataloader.batch_size=2')
    train = (two_machines, 'dist_train.sh', (order_free, 1, *half), tmp_path, toy_data)
    processes, outputs = on_both(*train)
    assert codes(processes) == [0, 0], outputs[1].read_text()
    together, alone = tmp_path / 'work_0', tmp_path / 'alone'
    run('python', 'tools/train.py', order_free, '--work-dir', alone, data=toy_data)
    weights, own = (
        torch.load(folder / 'epoch_2.pth', weights_only=False)['state_dict']
        for folder in (together, alone)
    )
    torch.testing.assert_close(weights, own, rtol=0, atol=1e-4)
    for scores, expected in zip(validations(together), validations(alone), strict=True):
        assert scores == pytest.approx(expected, abs=1e-4)
    assert len(validations(alone)) == 2
    assert 0.01 < abs(validations(alone)[1]['MAE'] - validations(alone)[0]['MAE'])

    checkpoint, folder = together / 'epoch_2.pth', tmp_path / 'test'
    folder.mkdir()
    test = (two_machines, 'dist_test.sh', (order_free, checkpoint, 1), folder, toy_data)
    processes, outputs = on_both(*test)
    assert codes(processes) == [0, 0], outputs[1].read_text()
    command = ('python', 'tools/test.py', order_free, checkpoint, '--work-dir', folder / 'alone')
    run(*command, data=toy_data)
    expected = scores_of_test(folder / 'alone')
    assert scores_of_test(folder / 'work_0') == pytest.approx(expected, abs=1e-12)
    assert validations(together)[1] == pytest.approx(expected, abs=1e-12)


def test_a_cut_cable_ends_both_machines(two_machines, tiny_config, toy_data, tmp_path):
    processes, outputs = on_both(
        two_machines, 'dist_train.sh', (tiny_config, 1, *LONG), tmp_path, toy_data
    )
    wait_for(outputs[0], 'Epoch(train)')
    cut = ['ip', '-n', two_machines[1], 'link', 'set', two_machines[1], 'down']
    subprocess.run(cut, check=True)
    assert codes(processes, 180) == [1, 1]
    first, second = (output.read_text().strip().splitlines()[-1] for output in outputs)
    assert first.startswith('error: ') and 'but rank 1 did not' in first
    assert second.startswith('error: ') and 'the machine of rank 0 (MASTER_ADDR) did not' in second


def errors_of(output):
    return [line for line in output.read_text().splitlines() if line.startswith('error: ')]


@pytest.mark.parametrize(
    ('loop', 'rank', 'pause', 'told'),
    [
        ('train', 1, 0, 'rank 1 has ended'),
        ('val', 0, 600, 'rank 0 has ended'),  # the other is busy for ten minutes
        ('val', 1, 600, 'rank 1 has ended'),
    ],
)
def test_a_killed_rank_ends_both_machines_within_a_minute(
    loop, rank, pause, told, two_machines, tiny_config, toy_data, tmp_path
):
    mark = tmp_path / 'mark'
    settings = dict(rank=rank, loop=loop, iteration=1, mark=str(mark), pause=pause)
    config = write_config(tmp_path / 'killing.py', tiny_config, **settings)
    processes, outputs = on_both(two_machines, 'dist_train.sh', (config, 1), tmp_path, toy_data)
    wait_until(mark.exists, outputs)
    assert codes(processes, 60) == [1, 1]
    (own,), (other,) = errors_of(outputs[rank]), errors_of(outputs[1 - rank])
    assert f'SIGKILL ended rank {rank}' in own
    assert told in other
