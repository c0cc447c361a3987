import os

import pytest
from fake_slurm import write_commands

from srm_mmseg.engine.config_file import BadConfigError
from srm_mmseg.engine.slurm_variables import first_machine, set_torch_variables

SET = ('RANK', 'WORLD_SIZE', 'LOCAL_RANK', 'GROUP_WORLD_SIZE', 'MASTER_ADDR', 'MASTER_PORT')


@pytest.fixture(autouse=True)
def task(tmp_path, monkeypatch):
    """Task 5 of 8 on the second of two machines."""
    for name in [*SET, *(name for name in os.environ if name.startswith('SLURM_'))]:
        monkeypatch.setenv(name, '')  # so that what a test sets is undone
        monkeypatch.delenv(name)
    monkeypatch.setenv('PATH', str(write_commands(tmp_path)), prepend=os.pathsep)
    for name, value in dict(
        PROCID='5', NTASKS='8', LOCALID='1', NODELIST='node[1-9]', STEP_NODELIST='node[7-7]'
    ).items():
        monkeypatch.setenv(f'SLURM_{name}', value)
    monkeypatch.setenv('SLURM_STEP_NUM_NODES', '2')


def told():
    set_torch_variables()
    return tuple(os.environ[name] for name in SET)


def test_torchs_variables_are_those_of_the_step():
    assert told() == ('5', '8', '1', '2', 'localhost', '29500')


def test_the_users_address_and_port_are_kept(monkeypatch):
    monkeypatch.setenv('MASTER_ADDR', '10.0.0.1')
    monkeypatch.setenv('MASTER_PORT', '29501')
    assert told()[-2:] == ('10.0.0.1', '29501')


def test_without_a_step_the_machines_are_the_jobs(monkeypatch):
    monkeypatch.setenv('SLURM_NODELIST', 'node[7-7]')
    for name in ('SLURM_STEP_NODELIST', 'SLURM_STEP_NUM_NODES', 'SLURM_LOCALID'):
        monkeypatch.delenv(name)
    assert told() == ('5', '8', '0', '1', 'localhost', '29500')


def test_an_unknown_first_machine_is_told(monkeypatch):
    with pytest.raises(BadConfigError, match='`scontrol show hostnames a`.*Set MASTER_ADDR'):
        first_machine('a')
    monkeypatch.setenv('PATH', '')
    with pytest.raises(BadConfigError, match='Set MASTER_ADDR'):
        first_machine('node[7-7]')
