import pytest
import yaml
from helpers import REPO
from mmengine.config import Config

from srm_mmseg import find_config
from srm_mmseg.config_names import BadConfigError, config_names, purpose
from srm_mmseg.engine.config_text import READ, whole_text

DUTS = REPO / 'configs/srm_r50_duts.py'


@pytest.mark.parametrize('name', ['srm_r50_duts', 'srm_r50_duts.py', 'configs/srm_r50_duts.py'])
def test_a_config_is_found_by_name_from_any_folder(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_config(name) == str(DUTS)
    assert find_config('sod_benchmark') == str(REPO / 'configs/_base_/datasets/sod_benchmark.py')


def test_a_path_comes_before_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'srm_r50_duts.py').touch()
    assert find_config('srm_r50_duts.py') == 'srm_r50_duts.py'
    assert find_config('srm_r50_duts') == str(DUTS)
    (tmp_path / 'srm_r50_duts').mkdir()
    with pytest.raises(BadConfigError, match='that is a folder'):
        find_config('srm_r50_duts')


@pytest.mark.parametrize('name', ['setup', '/srm_r50_duts', 'gone/srm_r50_duts', ''])
def test_other_files_are_no_configs(name):
    with pytest.raises(BadConfigError):
        find_config(name)


def test_a_name_that_there_is_not_lists_names():
    with pytest.raises(BadConfigError, match='Did you mean srm_r50_duts'):
        find_config('srm_r50_dust')
    with pytest.raises(BadConfigError, match='Did you mean srm_lite0 '):
        find_config('srmlite0')
    with pytest.raises(BadConfigError, match=f'configs by name: {", ".join(config_names())}'):
        find_config('nope.py')


def test_a_name_longer_than_names_can_be():
    with pytest.raises(BadConfigError, match='configs by name: '):
        find_config('x' * 300)


def test_a_config_elsewhere_inherits_by_name(tmp_path):
    path = tmp_path / 'mine.py'
    path.write_text(
        "_base_ = __import__('srm_mmseg').find_config('srm_r50_duts')\nrandomness = 1\n"
    )
    config = Config.fromfile(path)
    assert config.model == Config.fromfile(DUTS).model and config.randomness == 1


@pytest.mark.parametrize('name', config_names())
def test_the_whole_text_of_a_config_is_the_same_config(name, tmp_path):
    path = tmp_path / 'mine.py'
    path.write_text(whole_text(find_config(name)))
    whole, config = Config.fromfile(path), Config.fromfile(find_config(name))
    assert {key: whole.get(key) for key in READ} == {key: config.get(key) for key in READ}
    assert '_base_' not in path.read_text() and path.read_text().count('\n# ') >= 8
    # A URL is not broken.
    assert max(len(line) for line in path.read_text().splitlines() if 'https://' not in line) <= 110


def test_the_whole_text_says_a_thing_once():
    text = whole_text(str(DUTS))
    assert text.count("dict(type='Resize', scale=scale") == 3 and 'pipeline=train_pipeline' in text
    assert 'test_dataloader = val_dataloader' in text and 'MSRA10K' not in text


def test_the_metafile_has_all_configs():
    index = yaml.safe_load((REPO / 'model-index.yml').read_text())
    [metafile] = index['Import']
    models = yaml.safe_load((REPO / metafile).read_text())['Models']
    assert [model['Name'] for model in models] == config_names() and len(models) >= 10
    for model in models:
        header = (REPO / model['Config']).read_text().split('_base_')[0]
        measured = [score for one in model.get('Results', ()) for score in one['Metrics'].values()]
        assert bool(measured) == ('ot yet trained' not in header)
        assert all(f'{score:.3f}'.lstrip('0') in header for score in measured)


def test_every_config_says_what_it_is_for():
    for name in config_names():
        assert 20 < len(purpose(find_config(name))) < 130
