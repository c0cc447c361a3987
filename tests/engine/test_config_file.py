import argparse

import pytest
from helpers import REPO

from srm_mmseg.engine.config_file import BadConfigError, read_config, require, require_kinds
from srm_mmseg.engine.settings import Settings

DEMO = REPO / 'configs/srm_r18_demo.py'


def settings_of(*texts):
    parser = argparse.ArgumentParser()
    parser.add_argument('--cfg-options', nargs='+', action=Settings, default={})
    return parser.parse_args(['--cfg-options', *texts]).cfg_options


@pytest.mark.parametrize(
    ('text', 'reason'),
    [
        ('x = 1\ny = (\n', "line 2: SyntaxError: '\\(' was never closed"),
        ('_base_ = "gone.py"\n', 'FileNotFoundError: .*gone.py'),
        ('x = 1\ny = undefined\n', "line 2 of .*bad.py'?: NameError: name 'undefined'"),
        ('x = 1 / 0\n', 'line 1.*ZeroDivisionError'),
        ('custom_imports = dict(imports=["no_such_module"])\n', 'ImportError: .*no_such_module'),
        ('x = {}["key"]\n', 'KeyError: key'),
        ('exit()\n', 'line 1.*SystemExit'),
        ('import sys\nsys.exit(0)\n', 'line 2.*SystemExit: 0'),
        ('_base_ = "bad.py"\n', 'may lead back to it'),
    ],
)
def test_a_config_that_fails_is_named_with_line_and_reason(text, reason, tmp_path):
    path = tmp_path / 'bad.py'
    path.write_text(text)
    with pytest.raises(BadConfigError, match=reason) as error:
        read_config(path)
    assert str(path) in str(error.value) and '\n' not in str(error.value)


def test_missing_configs_are_named_with_those_of_a_name_like_theirs(tmp_path):
    with pytest.raises(BadConfigError, match=r'no such file. Did you mean .*srm_r50_duts.py'):
        read_config(REPO / 'configs/srm_r50_dust.py')
    with pytest.raises(BadConfigError, match='that is a folder'):
        read_config(tmp_path)
    (tmp_path / 'config.txt').write_text('x = 1')
    with pytest.raises(BadConfigError, match='Only py/yml/yaml/json'):
        read_config(tmp_path / 'config.txt')


def test_broken_yaml_is_named_and_whole_yaml_read(tmp_path):
    path = tmp_path / 'config.yaml'
    path.write_text('a: [1\n')
    with pytest.raises(BadConfigError, match='config.yaml.*expected'):
        read_config(path)
    path.write_text('a: 1\n')
    assert read_config(path).a == 1
    with pytest.raises(BadConfigError, match="has no 'model'. Name one of configs/"):
        require(read_config(path), 'model')


@pytest.mark.parametrize(
    ('settings', 'reason'),
    [
        ({'model.type.x': 1}, "Expected model.type .*but it is 'EncoderDecoder'"),
        ({'train_pipeline.9.type': 1}, 'an index of train_pipeline .*a list of 5, but got .9.'),
        ({'train_pipeline.-1': 1}, 'a list of 5, but got .-1.'),
        ({'train_pipeline.last': 1}, 'a list of 5, but got .last.'),
        ({'scale.0': 1}, 'an index of scale'),
        ({'load_from.x': 1}, 'load_from.x do not'),
        ({'model': 1, 'model.type': 2}, 'model, model.type do not'),
    ],
)
def test_settings_that_lead_nowhere_are_named(settings, reason):
    with pytest.raises(BadConfigError, match=reason):
        read_config(DEMO, settings)


@pytest.mark.parametrize(
    ('settings', 'reason'),
    [
        ({'optim_wrapper': 3}, 'Expected optim_wrapper .* to be a dict, but got 3'),
        ({'default_hooks': None}, ''),
        ({'default_hooks': 3}, 'Expected default_hooks .* to be a dict'),
        ({'default_hooks.checkpoint': [1]}, r'default_hooks.checkpoint .* dict, but got \[1\]'),
        ({'default_hooks.checkpoint.out_dir': 5}, 'out_dir .* to be a str, but got 5'),
        ({'default_hooks.checkpoint.filename_tmpl': 5}, 'filename_tmpl .* to be a str'),
        ({'default_scope': 5}, 'default_scope .* to be a str'),
        ({'train_dataloader.dataset': 'x'}, "train_dataloader.dataset .* dict, but got 'x'"),
        ({'train_cfg': 3}, 'train_cfg .* to be a dict'),
        ({'val_dataloader': None, 'val_cfg': None}, ''),
    ],
)
def test_a_value_where_settings_belong_is_named(settings, reason):
    config = read_config(DEMO, settings)
    if not reason:
        require_kinds(config)
        return
    with pytest.raises(BadConfigError, match=reason) as error:
        require_kinds(config)
    assert str(DEMO) in str(error.value)


def test_settings_are_read_as_the_toolbox_reads_them_but_keep_their_spaces():
    read = settings_of('a=1', 'b.c=[1,(2,x)]', 'd=two words', 'e=None', 'f=k=v', 'g=')
    assert read == {'a': 1, 'b.c': [1, (2, 'x')], 'd': 'two words', 'e': None, 'f': 'k=v', 'g': ''}


@pytest.mark.parametrize('text', ['foo', '=1', 'a=[1,2', 'a..b=1', 'a=(1,[2)'])
def test_settings_of_no_known_form_are_refused(text, capsys):
    with pytest.raises(SystemExit) as end:
        settings_of(text)
    assert end.value.code == 2 and repr(text) in capsys.readouterr().err


def test_a_new_key_that_looks_like_another_is_pointed_out(capsys):
    read_config(DEMO, {'trian_dataloader.batch_size': 2})
    assert 'has train_dataloader. Is it meant?' in capsys.readouterr().err
    read_config(DEMO, {'randomness.seed': 2})
    assert capsys.readouterr().err == ''


def test_a_list_of_imports_that_lost_the_plugin_is_pointed_out(tmp_path, capsys):
    child = tmp_path / 'child.py'
    child.write_text(f'_base_ = {str(DEMO)!r}\ncustom_imports = dict(imports=["math"])\n')
    read_config(child)
    warned = capsys.readouterr().err
    assert "dict(imports=['srm_mmseg.register', 'math'])" in warned and 'but got' in warned
    read_config(DEMO)
    assert capsys.readouterr().err == ''
