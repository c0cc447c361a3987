"""What needs no toolbox runs without it, and what needs it says so."""

import pytest
from helpers import REPO, run
from mmseg.registry import DATASETS, METRICS, MODELS, TRANSFORMS

import srm_mmseg

COMPONENTS = {
    'StagewiseBackbone': MODELS,
    'PPMNeck': MODELS,
    'SRMHead': MODELS,
    'AuxStageLoss': MODELS,
    'SODDataset': DATASETS,
    'LoadSaliencyImage': TRANSFORMS,
    'LoadSaliencyMask': TRANSFORMS,
    'SODMetric': METRICS,
}
TOOLBOX = ('mmseg', 'mmcv', 'mmengine')


def block(*packages):
    """Write code that makes packages fail to import."""
    return f'import sys; sys.modules.update(dict.fromkeys({packages!r}))\n'


@pytest.mark.parametrize('name', COMPONENTS)
def test_components_are_in_mmsegs_registry(name):
    component = COMPONENTS[name].get(name)
    assert component.__module__.startswith('srm_mmseg.')


@pytest.mark.parametrize('module', ['srm_mmseg', 'srm_mmseg.evaluation.functional'])
def test_light_imports_need_no_toolbox(module):
    run('python', '-c', f'{block(*TOOLBOX)}import {module}')


def test_plain_import_is_light():
    run('python', '-c', f'{block(*TOOLBOX, "torch", "numpy", "cv2")}import srm_mmseg')


def test_toy_data_set_is_made_without_a_toolbox(tmp_path):
    run(
        'python',
        '-c',
        f'{block(*TOOLBOX, "torch")}import runpy, sys; '
        f'sys.argv = ["make", {str(tmp_path)!r}, "--train", "1", "--test", "1"]; '
        'runpy.run_path("tools/make_toy_dataset.py", run_name="__main__")',
    )
    assert len(list(tmp_path.rglob('*.png'))) == 2


@pytest.mark.parametrize('package', TOOLBOX)
@pytest.mark.parametrize(
    'entry', ['srm_mmseg.register', 'tools/train.py', 'tools/test.py', 'tools/compare_stages.py']
)
def test_missing_toolbox_tells_what_to_install(package, entry):
    arguments = ['CONFIG'] if 'train' in entry else ['CONFIG', 'WEIGHTS']
    start = f'import runpy; sys.argv[1:] = {arguments}\n'
    start += (
        f'runpy.run_path({entry!r}, run_name="__main__")'
        if entry.endswith('.py')
        else f'import {entry}'
    )
    done = run('python', '-c', block(package) + start, check=False)
    assert done.returncode == 1
    message = done.stderr[done.stderr.rindex('ImportError: srm_mmseg needs MMSegmentation') :]
    assert package in message and "pip install 'srm-mmseg[onedl]'" in message


def test_version_is_the_packages():
    assert f'## {srm_mmseg.__version__}' in (REPO / 'CHANGELOG.md').read_text()
