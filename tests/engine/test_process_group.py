import argparse
import inspect
import os
from datetime import timedelta

import pytest
import torch
from helpers import run
from mmengine.config import Config

from srm_mmseg.engine import process_group as module
from srm_mmseg.engine.arguments import add_launcher_arguments
from srm_mmseg.engine.config_file import BadConfigError
from srm_mmseg.engine.process_group import (
    SET_BY,
    address_of,
    address_towards,
    choose_interface,
    process_group,
    refuse_absent_gpu,
    set_timeout,
)
from srm_mmseg.jobs import test as evaluation
from srm_mmseg.jobs import train as training


@pytest.fixture(autouse=True)
def no_launcher(monkeypatch):
    for names, _ in SET_BY.values():
        for name in names:
            monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv('GLOO_SOCKET_IFNAME', raising=False)
    monkeypatch.delenv('GROUP_WORLD_SIZE', raising=False)


def parsed(*flags):
    parser = argparse.ArgumentParser()
    add_launcher_arguments(parser)
    return parser.parse_args(flags)


@pytest.mark.parametrize('launcher', ['pytorch', 'slurm', 'mpi'])
def test_a_launcher_that_did_not_start_the_process_is_refused(launcher):
    names, command = SET_BY[launcher]
    with pytest.raises(BadConfigError, match=f'{names[0]}.*Start the run with {command}'):
        with process_group(Config(), parsed('--launcher', launcher)):
            pass


def test_time_out_is_the_flags_else_the_configs_else_ten_minutes():
    config = Config(dict(env_cfg=dict(dist_cfg=dict(backend='nccl'))))
    assert set_timeout(config, None) == timedelta(minutes=10)
    assert config.env_cfg.dist_cfg == dict(backend='nccl', timeout=600)  # MMEngine reads it there
    config.env_cfg.dist_cfg.timeout = 60
    assert set_timeout(config, None) == timedelta(minutes=1)
    assert set_timeout(config, 0.5) == timedelta(seconds=30)
    assert config.env_cfg.dist_cfg.timeout == 30
    assert set_timeout(Config(), 2) == timedelta(minutes=2)


@pytest.mark.parametrize('launcher', ['none', 'pytorch'])
def test_a_process_leaves_before_the_interpreter_ends(launcher):
    code = f"""
import atexit, logging
from srm_mmseg.engine.process_group import leave

class Last:
    def __del__(self, say=print):
        say('the interpreter ends')

last = Last()
last.itself = last  # collected at the interpreter's end
atexit.register(print, 'tidied')
print('done', end=' ')
leave({launcher!r})
"""
    ends = 'the interpreter ends\n' if launcher == 'none' else ''
    printed = run('python', '-c', code, CUDA_VISIBLE_DEVICES='').stdout
    assert printed == f'done tidied\n{ends}'


@pytest.mark.parametrize('job', [training, evaluation])
def test_the_last_step_of_a_job_is_to_leave(job):
    assert inspect.getsource(job.run).endswith('\n    leave(args.launcher)\n')


@pytest.mark.parametrize('text', ['0', '-1', 'x', 'inf', 'nan'])
def test_time_out_is_a_positive_number(text, capsys):
    with pytest.raises(SystemExit):
        parsed('--timeout', text)
    assert '--timeout' in capsys.readouterr().err


def test_more_processes_than_gpus_are_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 2)
    refuse_absent_gpu(1)
    with pytest.raises(BadConfigError, match='this machine has 2 and process 3 has none'):
        refuse_absent_gpu(2)


def test_the_interface_towards_the_first_machine_is_chosen(monkeypatch):
    assert address_of('lo') == '127.0.0.1' and address_of('none') is None
    assert address_towards('127.0.0.1') == '127.0.0.1' and address_towards('no.such.host.') is None
    monkeypatch.setenv('MASTER_ADDR', '10.0.0.1')
    monkeypatch.setattr(module, 'address_towards', lambda host: '10.0.0.2')
    monkeypatch.setattr(module, 'address_of', {'lo': '127.0.0.1', 'eth9': '10.0.0.2'}.get)
    monkeypatch.setattr(module.socket, 'if_nameindex', lambda: [(1, 'lo'), (2, 'eth9')])
    monkeypatch.setenv('GLOO_SOCKET_IFNAME', 'mine')
    choose_interface()
    assert os.environ['GLOO_SOCKET_IFNAME'] == 'mine'
    monkeypatch.delenv('GLOO_SOCKET_IFNAME')
    choose_interface()
    assert os.environ.pop('GLOO_SOCKET_IFNAME') == 'eth9'


def test_loopback_is_refused_on_several_machines_and_left_alone_on_one(monkeypatch):
    monkeypatch.setenv('MASTER_ADDR', 'localhost')
    choose_interface()
    assert 'GLOO_SOCKET_IFNAME' not in os.environ
    monkeypatch.setenv('GROUP_WORLD_SIZE', '2')
    with pytest.raises(BadConfigError, match="'localhost' is 127.0.0.1, this machine alone"):
        choose_interface()
