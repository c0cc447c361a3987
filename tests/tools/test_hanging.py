"""Runs that used to wait for ever end in a line that names why."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers import REPO, free_port, run

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


def process_of(rank, work_dir):
    """Find the process of a rank of the run with a work folder."""
    for folder in Path('/proc').iterdir():
        try:
            command = (folder / 'cmdline').read_bytes()
            variables = (folder / 'environ').read_bytes().split(b'\0')
        except OSError:
            continue
        if os.fsencode(work_dir) in command and f'RANK={rank}'.encode() in variables:
            return int(folder.name)
    raise AssertionError(f'no process of rank {rank}')


def wait_for(path, text, seconds=240):
    """Wait until a file has a text."""
    end = time.monotonic() + seconds
    while text not in path.read_text():
        assert time.monotonic() < end, path.read_text()
        time.sleep(0.2)


def started(command, output, data, **env):
    """Start a command whose output goes to a file."""
    env = {**os.environ, 'OMP_NUM_THREADS': '1', 'SOD_DATA': str(data), **env}
    env |= {'PYTHONPATH': str(REPO), 'PATH': f'{Path(sys.executable).parent}:{env["PATH"]}'}
    with output.open('w') as file:
        return subprocess.Popen(
            list(map(str, command)), cwd=REPO, env=env, stdout=file, stderr=subprocess.STDOUT
        )


LONG = ('--timeout', '0.15', '--cfg-options', 'train_cfg.max_epochs=1000')


@pytest.mark.parametrize('rank', [0, 1])
def test_a_stopped_process_is_named(rank, tiny_config, toy_data, tmp_path):
    output = tmp_path / 'output'
    command = ('bash', 'tools/dist_train.sh', tiny_config, 2, '--work-dir', tmp_path, *LONG)
    port = free_port()
    process = started(command, output, toy_data, PORT=port, CUDA_VISIBLE_DEVICES='')
    wait_for(output, 'Epoch(train)')
    os.kill(process_of(rank, tmp_path), signal.SIGSTOP)
    assert process.wait(120) == 1
    lines = [line for line in output.read_text().splitlines() if line.startswith('error: ')]
    assert len(lines) == 1 and f'within 0.15 minutes, but rank {rank} did not' in lines[0]
    assert 'Traceback' not in output.read_text()


@pytest.fixture
def two_machines():
    """Two network namespaces with a cable between them."""
    names = [f'srm{os.getpid()}{letter}' for letter in 'ab']

    def ip(*arguments, check=True):
        return subprocess.run(['ip', *arguments], capture_output=True, check=check)

    try:
        allowed = ip('netns', 'add', names[0], check=False).returncode == 0
    except FileNotFoundError:
        allowed = False
    if not allowed:
        pytest.skip('needs network namespaces: ip netns add')
    ip('netns', 'add', names[1])
    try:
        ip('link', 'add', names[0], 'type', 'veth', 'peer', 'name', names[1])
        for number, name in enumerate(names, 1):
            ip('link', 'set', name, 'netns', name)
            ip('-n', name, 'addr', 'add', f'10.77.0.{number}/24', 'dev', name)
            ip('-n', name, 'link', 'set', 'lo', 'up')
            ip('-n', name, 'link', 'set', name, 'up')
        yield names
    finally:
        for name in names:
            ip('netns', 'del', name)


def on_both(machines, script, arguments, folder, data):
    """Start a script on both machines; their processes and their outputs."""
    env = dict(NNODES='2', MASTER_ADDR='10.77.0.1', PORT='29500', CUDA_VISIBLE_DEVICES='')
    outputs = [folder / f'output_{number}' for number in range(2)]
    processes = [
        started(
            ('ip', 'netns', 'exec', name, 'bash', f'tools/{script}', *arguments)
            + ('--work-dir', folder / f'work_{number}'),
            outputs[number],
            data,
            **env,
            NODE_RANK=str(number),
        )
        for number, name in enumerate(machines)
    ]
    return processes, outputs


def test_two_machines_train_and_test(two_machines, tiny_config, toy_data, tmp_path):
    processes, outputs = on_both(
        two_machines, 'dist_train.sh', (tiny_config, 1), tmp_path, toy_data
    )
    assert [process.wait(300) for process in processes] == [0, 0], outputs[1].read_text()
    weights = tmp_path / 'work_0/epoch_2.pth'
    processes, outputs = on_both(
        two_machines, 'dist_test.sh', (tiny_config, weights, 1), tmp_path, toy_data
    )
    assert [process.wait(300) for process in processes] == [0, 0], outputs[1].read_text()
    assert 'MAE: ' in outputs[0].read_text()


def test_a_cut_cable_ends_both_machines(two_machines, tiny_config, toy_data, tmp_path):
    processes, outputs = on_both(
        two_machines, 'dist_train.sh', (tiny_config, 1, *LONG), tmp_path, toy_data
    )
    wait_for(outputs[0], 'Epoch(train)')
    cut = ['ip', '-n', two_machines[1], 'link', 'set', two_machines[1], 'down']
    subprocess.run(cut, check=True)
    assert [process.wait(180) for process in processes] == [1, 1]
    first, second = (output.read_text().strip().splitlines()[-1] for output in outputs)
    assert first.startswith('error: ') and 'but rank 1 did not' in first
    assert second.startswith('error: ') and 'the machine of rank 0 (MASTER_ADDR) did not' in second


def test_a_port_in_use_is_told(tiny_config, toy_data, tmp_path):
    import socket

    with socket.socket() as server:
        server.bind(('', 0))
        server.listen()
        port = str(server.getsockname()[1])
        command = ('bash', 'tools/dist_train.sh', tiny_config, 1, '--work-dir', tmp_path)
        done = run(*command, data=toy_data, check=False, PORT=port)
    assert 'If the port is in use, choose another' in last_line(done)
