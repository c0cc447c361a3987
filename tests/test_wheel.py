"""What a wheel holds works without the clone."""

import sys
import tomllib
from pathlib import Path

import pytest
from helpers import REPO, run
from PIL import Image

PROJECT = tomllib.loads((REPO / 'pyproject.toml').read_text())['project']


@pytest.fixture(scope='module')
def installed(tmp_path_factory):
    """The files that a wheel would hold, and nothing of the clone."""
    folder = tmp_path_factory.mktemp('wheel')
    run(sys.executable, 'setup.py', '-q', 'build_py', '--build-lib', folder)
    return folder


def srm_mmseg(installed, *arguments):
    code = 'import os, sys; os.chdir("/"); from srm_mmseg.cli.main import main; main()'
    return run(sys.executable, '-P', '-c', code, *arguments, PYTHONPATH=str(installed)).stdout


def test_it_holds_what_mim_and_the_command_look_for(installed):
    inside = installed / 'srm_mmseg/.mim'
    for name in ('configs', 'tools'):
        files = [path.relative_to(REPO) for path in (REPO / name).rglob('*.*')]
        files = [path for path in files if '__pycache__' not in path.parts]
        assert len(files) >= 15 and all((inside / path).is_file() for path in files)
    assert (inside / 'model-index.yml').is_file() and (installed / 'srm_mmseg/py.typed').is_file()
    assert not list(installed.rglob('*.pyc')) and not (installed / 'tests').exists()


def test_configs_go_by_name(installed):
    path = Path(srm_mmseg(installed, 'config', 'srm_r18_demo', '--path').strip())
    assert path == installed / 'srm_mmseg/.mim/configs/srm_r18_demo.py'
    assert 'srm_r50_duts ' in srm_mmseg(installed, 'models')
    assert 'custom_imports = ' in srm_mmseg(installed, 'config', 'srm_r50_duts')


def test_it_holds_the_model_in_the_box(installed, tmp_path):
    Image.new('RGB', (40, 30), 'red').save(tmp_path / 'a.png')
    srm_mmseg(installed, 'infer', tmp_path / 'a.png', '--out', tmp_path)
    assert Image.open(tmp_path / 'map/a.png').size == (40, 30)
    assert f'{installed}/srm_mmseg/zoo' in srm_mmseg(installed, 'models')


def test_a_light_install_names_no_toolbox():
    needed = ' '.join(PROJECT['dependencies'])
    assert 'numpy' in needed and not any(name in needed for name in ('torch', 'mm', 'gradio'))
    extras = PROJECT['optional-dependencies']
    for name in ('onedl', 'openmmlab'):
        assert any(one.startswith('torch') for one in extras[name])
    pins = (REPO / 'requirements/constraints.txt').read_text()
    assert '\ntorch==' not in pins and 'torch==' in (REPO / 'requirements/torch.txt').read_text()
