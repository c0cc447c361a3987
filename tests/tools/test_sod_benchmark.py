"""Several test sets in one run: one table, a row a set, equal to runs of their own."""

import json
import re

import pytest
import torch
from helpers import REPO, build, run
from mmengine.config import Config
from mmengine.runner import Runner
from sod_trees import key, write_tree

from srm_mmseg.datasets.standard_sets import STANDARD_SETS
from srm_mmseg.evaluation.measures import MEASURES

SETS = 'test_dataloader.dataset.datasets'
COUNTS = {'ECSSD': 3, 'PASCAL-S': 2, 'HKU-IS': 5}
OPTIONS = [f'{SETS}.{index}.num_pairs={count}' for index, count in enumerate((3, None, 5))]


@pytest.fixture(autouse=True)
def one_thread():
    """As in the runs of the command line."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp('three')
    for seed, (name, count) in enumerate(COUNTS.items()):
        write_tree(name, root / STANDARD_SETS[name].root, count, seed)
    return root


@pytest.fixture(scope='module')
def weights(tiny_config, tmp_path_factory):
    path = tmp_path_factory.mktemp('weights') / 'random.pth'
    torch.save(dict(state_dict=build(Config.fromfile(tiny_config).model).state_dict()), path)
    return path


@pytest.fixture(scope='module')
def three_sets(data):
    """``sod_benchmark.py`` with three of its sets."""
    config = data / 'three_sets.py'
    config.write_text(f"""
_base_ = {str(REPO / 'configs/_base_/datasets/sod_benchmark.py')!r}
test_dataloader = dict(
    dataset=dict(
        datasets=[
            one
            for one in _base_.test_dataloader.dataset.datasets
            if one['dataset_name'] in {COUNTS}
        ]
    )
)
""")
    return config


@pytest.fixture(scope='module')
def together(three_sets, weights, tiny_config, data):
    """The output of a run of all sets, and its measures with all digits."""
    command = ('python', 'tools/test.py', tiny_config, weights, '--data', three_sets)
    flags = ('--cfg-options', *OPTIONS)
    done = run(*command, '--work-dir', data / 'work', '--out', data / 'maps', *flags, data=data)
    log = next((data / 'work').glob('*/*.json'))
    return done.stdout + done.stderr, json.loads(log.read_text())


def test_one_table_with_a_row_a_set(together, data):
    rows = re.findall(r'\| +(\S+) +\| +(\d+) +\|', together[0])
    assert rows == [(name, str(count)) for name, count in COUNTS.items()]
    assert together[0].count('data set') == 1
    maps = {name: len(list((data / 'maps' / name).glob('*.png'))) for name in COUNTS}
    assert maps == COUNTS


@pytest.mark.parametrize('name', COUNTS)
def test_scores_as_in_a_run_of_its_own(
    name, together, weights, tiny_config, data, tmp_path, monkeypatch
):
    monkeypatch.setenv('SOD_DATA', str(data))
    config = Config.fromfile(tiny_config)
    own = Config.fromfile(REPO / f'configs/_base_/datasets/{key(name)}.py').test_dataloader.dataset
    own.update(num_pairs=COUNTS[name], pipeline=config.test_pipeline)
    config.test_dataloader.dataset = own
    config.work_dir = str(tmp_path)
    config.experiment_name = f'alone_{key(name)}'
    runner = Runner.from_cfg(config)
    runner.load_checkpoint(str(weights), strict=True)
    alone = runner.test()
    assert len({together[1][f'{other}/MAE'] for other in COUNTS}) == 3
    for measure in MEASURES:
        assert together[1][f'{name}/{measure}'] == pytest.approx(alone[measure], abs=1e-9)


@pytest.mark.slow
def test_tta_reaches_every_set(three_sets, weights, tiny_config, data, tmp_path):
    command = ('python', 'tools/test.py', tiny_config, weights, '--data', three_sets)
    flags = ('--cfg-options', *OPTIONS)
    done = run(*command, '--tta', '--work-dir', tmp_path, *flags, data=data)
    assert len(re.findall(r'\| +(\S+) +\| +(\d+) +\|', done.stdout + done.stderr)) == 3
