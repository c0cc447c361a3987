"""A trained model joins the zoo: every command takes its name, and finds its scores."""

import json
import os
import re

import pytest
import torch
import yaml
from helpers import refusing, run
from safetensors import safe_open

from srm_mmseg import __version__

pytestmark = pytest.mark.slow
NAME = 'mine'
CARD = ('--licence', 'Apache-2.0', '--trained-on', 'a toy set', '--use', 'tests')


@pytest.fixture(scope='module')
def zoo(trained, tiny_config, toy_data, tmp_path_factory):
    """The folder that a tiny model, trained for two epochs on the toy set, is published to."""
    folder = tmp_path_factory.mktemp('zoo') / 'new'
    command = ('tools/publish.py', tiny_config, trained / 'epoch_2.pth', '--name', NAME)
    run('python', *command, '--out', folder, *CARD, data=toy_data)
    return folder


@pytest.fixture(scope='module')
def entry(zoo):
    (entry,) = yaml.safe_load((zoo / 'metafile.yml').read_text())['Models']
    return entry


def named(zoo, *command, data, **kwargs):
    return run('python', '-m', 'srm_mmseg', *command, data=data, SRM_MMSEG_ZOO=str(zoo), **kwargs)


def test_the_folder_holds_all_that_the_card_names(zoo, entry):
    files = {'mine.safetensors', 'mine.onnx', 'mine.py', 'metafile.yml'}
    assert {path.name for path in zoo.iterdir()} == files
    assert set(entry['SHA-256']) == {'mine.safetensors', 'mine.onnx'}
    said = {key: entry['Metadata'][key] for key in ('License', 'Training Data', 'Intended Use')}
    assert [*said.values()] == ['Apache-2.0', 'a toy set', 'tests']
    assert entry['Metadata']['Version'] == __version__
    with safe_open(zoo / 'mine.safetensors', 'pt') as file:
        kinds = {str(file.get_tensor(key).dtype) for key in file.keys()}
    assert kinds == {'torch.float16', 'torch.int64'}


def test_the_name_has_the_scores_of_the_card(zoo, entry, toy_data, tmp_path):
    (results,) = entry['Results']
    assert list(results['Metrics']) == ['S1', 'S2', 'S3']
    assert len(results['Metrics']['S3']) == 10
    done = named(zoo, 'test', NAME, '--work-dir', tmp_path, data=toy_data)
    printed = dict(re.findall(r'(\w+): (\d\.\d{4})', done.stdout + done.stderr))
    for name, score in results['Metrics']['S3'].items():
        assert abs(float(printed[name]) - score) < 2e-4, name


def test_a_training_starts_from_its_weights(zoo, tiny_config, toy_data, tmp_path):
    still = ('load_from=zoo://mine', 'train_cfg.max_epochs=1', 'optim_wrapper.optimizer.lr=0')
    command = ('train', tiny_config, '--work-dir', tmp_path, '--cfg-options', *still)
    named(zoo, *command, data=toy_data)
    after = torch.load(tmp_path / 'epoch_1.pth', weights_only=False)['state_dict']
    kernel = next(key for key in after if key.endswith('conv1.weight'))
    with safe_open(zoo / 'mine.safetensors', 'pt') as file:
        assert torch.equal(file.get_tensor(kernel).float(), after[kernel])


def test_maps_need_neither_toolbox_nor_torch(zoo, toy_data, tmp_path):
    code = refusing('mmseg', 'mmcv', 'mmengine', 'torch')
    photographs = toy_data / 'toy/DUTS-TE/DUTS-TE-Image'
    arguments = [str(photographs), '--config', NAME, '--out', str(tmp_path), '--save', 'map,cutout']
    code += f'sys.argv[1:] = {["infer", *arguments]}\nfrom srm_mmseg.cli.main import main\nmain()'
    run('python', '-c', code, SRM_MMSEG_ZOO=str(zoo))
    assert len(os.listdir(tmp_path / 'map')) == len(os.listdir(tmp_path / 'cutout')) == 5
    assert json.loads((tmp_path / 'model.json').read_text())


def test_a_second_of_the_name_takes_its_place(zoo, trained, toy_data):
    command = ('publish', 'srm_r18_demo', trained / 'epoch_1.pth', '--name', NAME, '--out', zoo)
    named(zoo, *command, *CARD, data=toy_data)
    (entry,) = yaml.safe_load((zoo / 'metafile.yml').read_text())['Models']
    assert entry['Config'] == 'srm_r18_demo'


def test_it_is_exported_by_name(zoo, toy_data, tmp_path):
    named(zoo, 'export', NAME, tmp_path / 'again.onnx', '--stages', data=toy_data)
    assert (tmp_path / 'again.onnx').is_file()


@pytest.mark.parametrize(
    ('name', 'fault'),
    [
        ('a b/c', 'expected letters, digits'),
        ('../c', 'expected letters, digits'),
        ('srm_lite0', "'srm_lite0' is in .*zoo. Choose another"),
        (NAME, "'mine' is in .*zoo.*new. Choose another"),
    ],
)
def test_names_that_commands_could_not_use_are_refused_at_once(
    name, fault, zoo, toy_data, tmp_path
):
    command = ('publish', 'srm_r18_demo', 'nowhere.pth', '--name', name, '--out', tmp_path / 'new')
    done = named(zoo, *command, *CARD, data=toy_data, check=False)
    assert done.returncode and re.search(fault, done.stderr) and 'Traceback' not in done.stderr
    assert not (tmp_path / 'new').exists()


def test_a_folder_that_is_no_zoo_is_told_in_a_line(tmp_path, toy_data):
    done = named(tmp_path, 'models', data=toy_data, check=False)
    assert done.returncode == 1 and done.stderr.startswith('error: Expected a metafile.yml in ')


def test_models_lists_it(zoo, toy_data):
    printed = named(zoo, 'models', data=toy_data).stdout
    assert re.search(rf'^ *{NAME} +[\d,]+ +[\d.]+ .*{re.escape(str(zoo))}', printed, re.M)
