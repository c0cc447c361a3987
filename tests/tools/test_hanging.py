"""Runs that used to wait for ever end in a line that names why."""

import os
import signal
import subprocess

import pytest
from helpers import free_port, run
from machines import process_of, started, wait_for, wait_until
from rank_killer import write_config

pytestmark = pytest.mark.slow
SMALL = 'mount -t tmpfs -o size={size} tmpfs {folder} && exec "$@"'


def on_a_small_disk(folder, size, *command, data):
    """Run a command with a small disk, or a memory file system, at a folder."""
    script = SMALL.format(size=size, folder=folder)
    if subprocess.run(['unshare', '-m', 'true'], capture_output=True, check=False).returncode:
        pytest.skip('needs the right to mount: unshare -m')
    inside = ('unshare', '-m', 'sh', '-c', script, 'sh', *command)
    return run(*inside, data=data, check=False, CUDA_VISIBLE_DEVICES='')


def last_line(done):
    assert done.returncode == 1 and 'Traceback' not in done.stderr
    return done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize('split', ['train', 'val'])
def test_full_shared_memory_ends_a_training(split, tiny_config, toy_data, tmp_path):
    option = f'{split}_dataloader.num_workers=2'
    command = ('python', 'tools/train.py', tiny_config, '--work-dir', tmp_path)
    done = on_a_small_disk('/dev/shm', '40k', *command, '--cfg-options', option, data=toy_data)
    assert '/dev/shm' in last_line(done) and 'num_workers=1' in last_line(done)


@pytest.mark.parametrize('processes', [1, 2])
def test_full_shared_memory_ends_a_test(processes, trained, tiny_config, toy_data, tmp_path):
    tool = ('python', 'tools/test.py', tiny_config, trained / 'epoch_2.pth')
    if processes == 2:
        tool = ('env', f'PORT={free_port()}', 'bash', 'tools/dist_test.sh', *tool[2:], 2)
    option = 'test_dataloader.num_workers=2'
    command = (*tool, '--work-dir', tmp_path, '--cfg-options', option)
    done = on_a_small_disk('/dev/shm', '40k', *command, data=toy_data)
    assert '/dev/shm' in last_line(done)


def test_a_full_disk_ends_training_and_test(trained, tiny_config, toy_data, tmp_path):
    train = ('python', 'tools/train.py', tiny_config, '--work-dir', tmp_path / 'w')
    done = on_a_small_disk(tmp_path, '200k', *train, data=toy_data)
    assert str(tmp_path) in last_line(done) and 'free some space' in last_line(done)
    test = ('python', 'tools/test.py', tiny_config, trained / 'epoch_2.pth', '--work-dir')
    maps = tmp_path / 'maps'
    maps.mkdir()
    command = (*test, tmp_path / 'w', '--out', maps)
    done = on_a_small_disk(maps, '8k', *command, data=toy_data)
    assert f'{maps}/' in last_line(done) and 'free some space' in last_line(done)


LONG = ('--timeout', '0.15', '--cfg-options', 'train_cfg.max_epochs=1000')


@pytest.mark.parametrize('rank', [0, 1])
def test_a_stopped_process_is_named(rank, tiny_config, toy_data, tmp_path):
    output = tmp_path / 'output'
    command = ('bash', 'tools/dist_train.sh', tiny_config, 2, '--work-dir', tmp_path, *LONG)
    port = free_port()
    process = started(command, output, toy_data, PORT=port)
    wait_for(output, 'Epoch(train)')
    os.kill(process_of(rank, tmp_path), signal.SIGSTOP)
    assert process.wait(120) == 1
    lines = [line for line in output.read_text().splitlines() if line.startswith('error: ')]
    assert len(lines) == 1 and f'within 0.15 minutes, but rank {rank} did not' in lines[0]
    assert 'Traceback' not in output.read_text()


@pytest.mark.parametrize(('loop', 'rank'), [('train', 0), ('val', 1)])
def test_a_killed_process_is_named(loop, rank, tiny_config, toy_data, tmp_path):
    output, mark = tmp_path / 'output', tmp_path / 'mark'
    settings = dict(rank=rank, loop=loop, iteration=1, mark=str(mark), pause=600)
    config = write_config(tmp_path / 'killing.py', tiny_config, **settings)
    command = ('bash', 'tools/dist_train.sh', config, 2, '--work-dir', tmp_path)
    process = started(command, output, toy_data, PORT=free_port())
    wait_until(mark.exists, [output])
    assert process.wait(60) == 1
    (line,) = (line for line in output.read_text().splitlines() if line.startswith('error: '))
    assert f'SIGKILL ended rank {rank}' in line and 'Traceback' not in output.read_text()


def test_a_port_in_use_is_told(tiny_config, toy_data, tmp_path):
    import socket

    with socket.socket() as server:
        server.bind(('', 0))
        server.listen()
        port = str(server.getsockname()[1])
        command = ('bash', 'tools/dist_train.sh', tiny_config, 1, '--work-dir', tmp_path)
        done = run(*command, data=toy_data, check=False, PORT=port)
    assert 'If the port is in use, choose another' in last_line(done)
