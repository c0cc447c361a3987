"""Runs of several processes in the background, also on two machines: network namespaces of this one."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from helpers import REPO

from srm_mmseg.evaluation.measures import MEASURES

MASTER = '10.77.0.1'


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
    wait_until(lambda: text in path.read_text(), [path], seconds)


def wait_until(condition, outputs, seconds=240):
    """Wait until something holds; what processes have written is in the error."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, [output.read_text() for output in outputs]
        time.sleep(0.2)


def started(command, output, data, **env):
    """Start a command whose output goes to a file."""
    env = {**os.environ, 'OMP_NUM_THREADS': '1', 'SOD_DATA': str(data), **env}
    env['PYTHONPATH'] = f'{REPO}{os.pathsep}{REPO / "tests"}'
    env['PATH'] = f'{Path(sys.executable).parent}{os.pathsep}{env["PATH"]}'
    env['CUDA_VISIBLE_DEVICES'] = ''
    with output.open('w') as file:
        return subprocess.Popen(
            list(map(str, command)), cwd=REPO, env=env, stdout=file, stderr=subprocess.STDOUT
        )


def ip(*arguments, check=True):
    return subprocess.run(['ip', *arguments], capture_output=True, check=check)


@contextmanager
def network():
    """Two network namespaces with a cable between them; their names, which are the cable's ends too."""
    names = [f'srm{os.getpid()}{letter}' for letter in 'ab']
    try:
        allowed = ip('netns', 'add', names[0], check=False).returncode == 0
    except FileNotFoundError:
        allowed = False
    if not allowed:
        pytest.skip('needs network namespaces, that is iproute2 and root: ip netns add')
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
            for left in ip('netns', 'pids', name).stdout.split():
                os.kill(int(left), signal.SIGKILL)
            ip('netns', 'del', name)


def inside(machine):
    """The command that runs another on a machine, which has that name."""
    named = f'hostname {machine} && exec "$@"'
    return ('ip', 'netns', 'exec', machine, 'unshare', '--uts', 'sh', '-c', named, 'sh')


def on_both(machines, script, arguments, folder, data, work_dirs=2, **env):
    """Start a script on both machines; their processes and their outputs.

    Their work folders are ``work_0`` and ``work_1``, or, if there is one, ``work_0``.
    """
    env = dict(NNODES='2', MASTER_ADDR=MASTER, PORT='29500', **env)
    outputs = [folder / f'output_{number}' for number in range(2)]
    processes = [
        started(
            (*inside(machine), 'bash', f'tools/{script}', *arguments)
            + ('--work-dir', folder / f'work_{number % work_dirs}'),
            outputs[number],
            data,
            **env,
            NODE_RANK=str(number),
        )
        for number, machine in enumerate(machines)
    ]
    return processes, outputs


def codes(processes, seconds=300):
    """Wait for processes; their exit codes."""
    return [process.wait(seconds) for process in processes]


def scores_of_test(work_dir):
    """Read the measures of a test with all their digits."""
    (log,) = work_dir.glob('*/*.json')
    scores = json.loads(log.read_text())
    return {key: scores[key] for key in MEASURES}
