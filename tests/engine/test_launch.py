import argparse
import os
import signal

import pytest
import torch.distributed as dist
from helpers import REPO, run
from mmengine.config import Config
from torch.utils.data import DataLoader, Dataset

from srm_mmseg.datasets.stems import BadSetError
from srm_mmseg.engine.arguments import (
    add_config_arguments,
    add_launcher_arguments,
    stage_number,
)
from srm_mmseg.engine.launch import load_config, plain_file_errors
from srm_mmseg.engine.process_group import SET_BY, process_group


def parsed(*flags):
    parser = argparse.ArgumentParser()
    add_config_arguments(parser)
    add_launcher_arguments(parser)
    return parser.parse_args([str(REPO / 'configs/srm_r18_demo.py'), *flags])


def test_work_dir_is_named_after_the_config():
    assert load_config(parsed()).work_dir == 'work_dirs/srm_r18_demo'
    assert load_config(parsed('--work-dir', 'here')).work_dir == 'here'


def test_settings_are_replaced_from_the_command_line():
    config = load_config(
        parsed('--cfg-options', 'model.test_cfg.stage=0', 'train_dataloader.batch_size=3')
    )
    assert config.model.test_cfg.stage == 0
    assert config.train_dataloader.batch_size == 3


def test_a_value_where_settings_belong_ends_in_a_line():
    with pytest.raises(SystemExit, match='^error: Expected optim_wrapper .* to be a dict'):
        load_config(parsed('--cfg-options', 'optim_wrapper=3'))


@pytest.mark.parametrize('launcher', ['none', 'mpi'])
def test_no_group_without_torchrun_or_slurm(launcher, monkeypatch):
    for name in SET_BY.get(launcher, ((), ''))[0]:
        monkeypatch.setenv(name, '1')
    config = Config(dict())
    with process_group(config, parsed('--launcher', launcher)):
        assert not dist.is_initialized()
    assert config.launcher == launcher
    assert 'model_wrapper_cfg' not in config


def test_importing_the_plugin_starts_no_group():
    run(
        'python',
        '-c',
        'import srm_mmseg.register, torch.distributed as d; assert not d.is_initialized()',
        RANK='0',
        WORLD_SIZE='1',
        LOCAL_RANK='0',
        MASTER_ADDR='127.0.0.1',
        MASTER_PORT='29555',
    )


def test_another_test_set_keeps_the_models_pipeline_and_takes_options():
    options = ('--cfg-options', 'test_dataloader.dataset.datasets.5.num_pairs=None')
    own = load_config(parsed())
    for name, count in (('ecssd', 1), ('sod_benchmark', 6)):
        data = REPO / f'configs/_base_/datasets/{name}.py'
        config = load_config(parsed(*(options if count == 6 else ())), str(data))
        dataset = config.test_dataloader.dataset
        sets = dataset.get('datasets', [dataset])
        assert len(sets) == count and sets[0].dataset_name == 'ECSSD'
        for one in sets:
            assert one.pipeline == own.test_pipeline and one.test_mode
        assert config.test_evaluator == own.test_evaluator
        assert config.val_dataloader == own.val_dataloader
        assert [one.num_pairs for one in sets[1:]] == ([850, 5168, 4447, 5019, None] * (count == 6))


@pytest.mark.parametrize(
    'name, count',
    [
        ('sod_benchmark_high_resolution', 3),
        ('sod_benchmark_camouflage', 3),
        ('dis5k', 5),
        ('soc', 1),
    ],
)
def test_test_sets_of_other_kinds_keep_the_models_pipeline(name, count):
    own = load_config(parsed())
    config = load_config(parsed(), str(REPO / f'configs/_base_/datasets/{name}.py'))
    dataset = config.test_dataloader.dataset
    sets = dataset.get('datasets', [dataset])
    assert len(sets) == count
    assert all(one.pipeline == own.test_pipeline and one.test_mode for one in sets)
    assert config.train_dataloader == own.train_dataloader


class Killed(Dataset):
    """Its loading process is killed, as the system does it when memory runs out."""

    def __len__(self):
        return 1

    def __getitem__(self, index):
        os.kill(os.getpid(), signal.SIGKILL)


class Faulty(Dataset):
    """Its loading process raises an error."""

    def __init__(self, error):
        self.error = error

    def __len__(self):
        return 1

    def __getitem__(self, index):
        raise self.error


def load_all(dataset):
    with plain_file_errors():
        list(DataLoader(dataset, num_workers=1))


def test_a_killed_loading_process_ends_in_a_line_with_the_remedy():
    with pytest.raises(SystemExit) as end:
        load_all(Killed())
    assert end.value.code.startswith('error: Expected the loading processes to run to the end')
    assert 'DataLoader worker (pid' in end.value.code and 'num_workers=1' in end.value.code


def test_an_unusable_set_ends_in_a_line():
    with pytest.raises(SystemExit) as end:
        load_all(Faulty(BadSetError('Expected 3 pairs.')))
    assert end.value.code == 'error: Expected 3 pairs.'


@pytest.mark.parametrize('kind', [RuntimeError, ValueError])
def test_other_errors_of_loading_processes_keep_their_traceback(kind):
    with pytest.raises(kind, match='in DataLoader worker process 0(.|\n)*a bug'):
        load_all(Faulty(kind('a bug')))


def test_stages_count_from_one():
    assert stage_number('3') == 3
    for text in ('0', '-1', 'last'):
        with pytest.raises(argparse.ArgumentTypeError, match='Expected a stage, 1 or more'):
            stage_number(text)
