"""Several processes without a GPU: no unused parameter, and the scores of one process."""

import functools
import json
import re

import helpers
import pytest
from helpers import free_port

from srm_mmseg.evaluation.measures import MEASURES

run = functools.partial(helpers.run, CUDA_VISIBLE_DEVICES='')


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


@pytest.mark.slow
def test_torchrun_starts_the_command_of_a_wheel(tiny_config, toy_data, tmp_path):
    torchrun = ('python', '-m', 'torch.distributed.run', '--nproc_per_node=2')
    port = f'--master_port={free_port()}'
    command = ('-m', 'srm_mmseg', 'train', tiny_config, '--work-dir', tmp_path)
    limits = ('--cfg-options', 'train_cfg.max_epochs=1')
    run(*torchrun, port, *command, '--launcher', 'pytorch', *limits, data=toy_data)
    log = next(tmp_path.glob('*/*.log')).read_text()
    assert len(logged_scores(log, 'val')) == 1 and (tmp_path / 'epoch_1.pth').exists()
    assert 'Distributed training: True' in log


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


def exact_scores(work_dir):
    """Read the measures of a test with all their digits."""
    log = next(path for path in work_dir.glob('*/*.json'))
    return json.loads(log.read_text())


@pytest.fixture(scope='module')
def two_sets(toy_data, tiny_config, tmp_path_factory):
    """A config that tests 5 and 2 images in one run; both sets name theirs 00000, 00001, ..."""
    folder = tmp_path_factory.mktemp('two_sets')
    run('python', 'tools/make_toy_dataset.py', folder / 'b', '--train', 0, '--test', 2, '--seed', 1)
    config = folder / 'two_sets.py'
    config.write_text(f"""
_base_ = {str(tiny_config)!r}
one = _base_.test_dataloader.dataset
test_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[
            dict(one, dataset_name='A'),
            dict(one, dataset_name='B', data_root={str(folder / 'b')!r}),
        ],
    )
)
""")
    return config


@pytest.fixture(scope='module')
def one_process(two_sets, trained, toy_data, tmp_path_factory):
    """The work folder and the map folder of a test of both sets in one process."""
    folder = tmp_path_factory.mktemp('one_process')
    command = ('python', 'tools/test.py', two_sets, trained / 'epoch_2.pth')
    run(*command, '--work-dir', folder / 'work', '--out', folder / 'maps', data=toy_data)
    return folder


@pytest.mark.parametrize('processes', [2, pytest.param(3, marks=pytest.mark.slow)])
def test_seven_images_on_several_processes(
    processes, two_sets, one_process, trained, toy_data, tmp_path
):
    command = ('bash', 'tools/dist_test.sh', two_sets, trained / 'epoch_2.pth', processes)
    flags = ('--work-dir', tmp_path / 'work', '--out', tmp_path / 'maps')
    done = run(*command, *flags, data=toy_data, PORT=free_port())
    together, alone = exact_scores(tmp_path / 'work'), exact_scores(one_process / 'work')
    keys = [f'{data_set}/{measure}' for data_set in 'AB' for measure in MEASURES]
    assert {key: together[key] for key in keys} == pytest.approx(
        {key: alone[key] for key in keys}, abs=1e-12
    )
    counts = dict(re.findall(r'\| +([AB]) +\| +(\d+) +\|', done.stdout + done.stderr))
    assert counts == {'A': '5', 'B': '2'}
    names = [
        {path.relative_to(folder / 'maps') for path in (folder / 'maps').rglob('*.png')}
        for folder in (tmp_path, one_process)
    ]
    assert names[0] == names[1] and len(names[0]) == 7


@pytest.mark.parametrize('data_set', ['A', 'B'])
def test_each_set_scores_as_on_its_own_and_as_its_files(
    data_set, two_sets, one_process, tiny_config, trained, toy_data, tmp_path
):
    root = toy_data / 'toy' if data_set == 'A' else two_sets.parent / 'b'
    together = exact_scores(one_process / 'work')
    alone = tmp_path / 'work'
    run(
        *('python', 'tools/test.py', tiny_config, trained / 'epoch_2.pth', '--work-dir', alone),
        *('--cfg-options', f'test_dataloader.dataset.data_root={root}'),
        data=toy_data,
    )
    run(
        *('python', 'tools/eval_maps.py', '--gt', root / 'DUTS-TE/DUTS-TE-Mask'),
        *('--pred', f'files={one_process / "maps" / data_set}', '--json', tmp_path / 'files.json'),
    )
    from_files = json.loads((tmp_path / 'files.json').read_text())['files']
    for measure in MEASURES:
        online = together[f'{data_set}/{measure}']
        assert exact_scores(alone)[measure] == pytest.approx(online, abs=1e-12)
        assert from_files[measure] == pytest.approx(online, abs=1e-12)
    assert from_files['resized'] == from_files['missing'] == 0


def test_usage():
    for script, need in (('dist_train.sh', 'CONFIG N'), ('dist_test.sh', 'CONFIG CHECKPOINT N')):
        done = run('bash', f'tools/{script}', check=False)
        assert done.returncode == 2 and need in done.stderr
