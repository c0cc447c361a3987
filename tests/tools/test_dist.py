"""Several processes without a GPU: no unused parameter, and the scores of one process."""

import functools
import re
import socket

import helpers
import pytest

run = functools.partial(helpers.run, CUDA_VISIBLE_DEVICES='')

MEASURES = ('MAE', 'maxF', 'maxF_pr', 'meanF', 'adpF')


def free_port():
    with socket.socket() as server:
        server.bind(('127.0.0.1', 0))
        return str(server.getsockname()[1])


def logged_scores(text, loop):
    lines = re.findall(rf'Epoch\({loop}\) .*MAE: .*', text)
    return [
        {key: float(value) for key, value in re.findall(r'(\w+): (-?[\d.]+)', line)}
        for line in lines
    ]


@pytest.fixture(scope='module')
def two_processes(tiny_config, toy_data, tmp_path_factory):
    work_dir = tmp_path_factory.mktemp('dist')
    run(
        *('bash', 'tools/dist_train.sh', tiny_config, 2, '--work-dir', work_dir),
        data=toy_data,
        PORT=free_port(),
    )
    return work_dir


def test_trains_in_two_processes(two_processes):
    log = next(two_processes.glob('*/*.log')).read_text()
    assert 'GPU number: 2' in log or 'Distributed training: True' in log
    assert (two_processes / 'epoch_2.pth').exists()


@pytest.mark.parametrize('epoch', [1, 2])
def test_validation_scores_are_those_of_one_process(
    epoch, two_processes, tiny_config, toy_data, tmp_path
):
    log = next(two_processes.glob('*/*.log')).read_text()
    together = logged_scores(log, 'val')[epoch - 1]
    command = ('python', 'tools/test.py', tiny_config, two_processes / f'epoch_{epoch}.pth')
    done = run(*command, '--work-dir', tmp_path, data=toy_data)
    alone = logged_scores(done.stdout + done.stderr, 'test')[0]
    for key in MEASURES:
        assert together[key] == pytest.approx(alone[key], abs=1e-4), key


@pytest.mark.parametrize('processes', [2, 3])
def test_five_images_on_several_processes(processes, trained, tiny_config, toy_data, tmp_path):
    command = ('bash', 'tools/dist_test.sh', tiny_config, trained / 'epoch_2.pth', processes)
    done = run(*command, '--work-dir', tmp_path, data=toy_data, PORT=free_port())
    together = logged_scores(done.stdout + done.stderr, 'test')[0]
    command = ('python', 'tools/test.py', tiny_config, trained / 'epoch_2.pth')
    done = run(*command, '--work-dir', tmp_path, data=toy_data)
    alone = logged_scores(done.stdout + done.stderr, 'test')[0]
    assert {k: together[k] for k in MEASURES} == {k: alone[k] for k in MEASURES}
    assert 'SODMetric: 5 images' in done.stdout + done.stderr


def test_usage():
    for script, need in (('dist_train.sh', 'CONFIG N'), ('dist_test.sh', 'CONFIG CHECKPOINT N')):
        done = run('bash', f'tools/{script}', check=False)
        assert done.returncode == 2 and need in done.stderr
