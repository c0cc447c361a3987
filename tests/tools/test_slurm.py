"""The Slurm scripts, by an ``srun`` that starts the tasks on this machine."""

import functools
import os
import time

import helpers
import pytest
from fake_slurm import write_commands
from helpers import free_port
from machines import scores_of_test
from rank_killer import write_config


@pytest.fixture
def run(tmp_path, toy_data):
    """Run a script in two tasks."""
    commands = tmp_path / 'slurm'
    commands.mkdir()
    return functools.partial(
        helpers.run,
        data=toy_data,
        PATH=f'{write_commands(commands)}{os.pathsep}{os.environ["PATH"]}',
        MASTER_PORT=free_port(),
        CUDA_VISIBLE_DEVICES='',
        GPUS='2',
    )


def asked(tmp_path):
    return (tmp_path / 'slurm/asked').read_text().splitlines()


@pytest.mark.slow
def test_two_tasks_train_and_test_as_one_process(run, tiny_config, toy_data, tmp_path):
    work_dir = tmp_path / 'work'
    done = run('bash', 'tools/slurm_train.sh', 'gpu', 'srm', tiny_config, work_dir)
    words = asked(tmp_path)
    assert words[: words.index('python')] == [
        *('--partition=gpu', '--job-name=srm', '--gres=gpu:2', '--ntasks=2'),
        *('--ntasks-per-node=2', '--cpus-per-task=5', '--kill-on-bad-exit=1'),
    ]
    log = next(work_dir.glob('*/*.log')).read_text()
    assert 'Distributed training: True' in log and 'GPU number: 2' in log
    resumed = run(
        *('bash', 'tools/slurm_train.sh', 'gpu', 'srm', tiny_config, '--work-dir', work_dir),
        *('--resume',),
    )
    assert resumed.stdout.count('Nothing is left to train') == 1 and 'Traceback' not in done.stderr

    weights = work_dir / 'epoch_2.pth'
    settings = dict(GRES='', GPUS_PER_NODE='1', CPUS_PER_TASK='2', SRUN_ARGS='--mem=1G --time=9')
    command = ('bash', 'tools/slurm_test.sh', 'cpu', 'srm', tiny_config, weights)
    run(*command, '--work-dir', tmp_path / 'two', **settings)
    words = asked(tmp_path)
    assert words[: words.index('python')] == [
        *('--partition=cpu', '--job-name=srm', '--ntasks=2', '--ntasks-per-node=1'),
        *('--cpus-per-task=2', '--kill-on-bad-exit=1', '--mem=1G', '--time=9'),
    ]
    command = ('python', 'tools/test.py', tiny_config, weights, '--work-dir', tmp_path / 'one')
    helpers.run(*command, data=toy_data)
    expected = scores_of_test(tmp_path / 'one')
    assert scores_of_test(tmp_path / 'two') == pytest.approx(expected, abs=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize('rank', [0, 1])
def test_a_killed_task_ends_the_job_and_is_named(rank, run, tiny_config, tmp_path):
    """Where ``srun`` only waits: the other task is in a validation of ten minutes."""
    settings = dict(rank=rank, loop='val', iteration=1, mark=str(tmp_path / 'mark'), pause=600)
    config = write_config(tmp_path / 'killing.py', tiny_config, **settings)
    folders = os.pathsep.join([str(helpers.REPO), str(helpers.REPO / 'tests')])
    command = ('bash', 'tools/slurm_train.sh', 'gpu', 'srm', config, tmp_path / 'work')
    done = run(*command, check=False, PYTHONPATH=folders, SRUN_ARGS='--kill-on-bad-exit=0')
    assert time.time() - (tmp_path / 'mark').stat().st_mtime < 60
    assert done.returncode and f'but rank {rank} has ended' in done.stderr


def test_usage(run):
    for script, need in (
        ('slurm_train.sh', 'PARTITION JOB_NAME CONFIG [WORK_DIR]'),
        ('slurm_test.sh', 'PARTITION JOB_NAME CONFIG CHECKPOINT'),
    ):
        done = run('bash', f'tools/{script}', 'gpu', 'srm', check=False)
        assert done.returncode == 2 and need in done.stderr
