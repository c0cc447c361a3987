import sys

import pytest
from helpers import run
from mmengine.config import Config
from sod_trees import SETS

from srm_mmseg.datasets.standard_sets import STANDARD_SETS, set_config

AS_CONFIGS = {
    'DUTS-TR': dict(
        data_root='/data/DUTS',
        data_prefix=dict(img_path='DUTS-TR/DUTS-TR-Image', seg_map_path='DUTS-TR/DUTS-TR-Mask'),
        num_pairs=10553,
    ),
    'HKU-IS': dict(
        data_root='/data/HKU-IS',
        data_prefix=dict(img_path='imgs', seg_map_path='gt'),
        img_suffix='.png',
        num_pairs=4447,
    ),
    'MSRA10K': dict(
        data_root='/data/MSRA10K',
        data_prefix=dict(img_path='Imgs', seg_map_path='Imgs'),
        img_suffix='.jpg',
        num_pairs=10000,
    ),
    'THUR15K': dict(
        data_root='/data/THUR15K',
        data_prefix=dict(img_path='', seg_map_path=''),
        img_suffix='.jpg',
        num_pairs=6232,
    ),
    'DIS-TE1': dict(
        data_root='/data/DIS5K',
        data_prefix=dict(img_path='DIS-TE1/im', seg_map_path='DIS-TE1/gt'),
        num_pairs=500,
    ),
    'CAMO-TE': dict(
        data_root='/data/CAMO',
        data_prefix=dict(img_path='CAMO-TE/Images/Test', seg_map_path='CAMO-TE/GT'),
        num_pairs=250,
    ),
    'SOC-VAL': dict(
        data_root='/data/SOC',
        data_prefix=dict(img_path='ValSet/Imgs', seg_map_path='ValSet/gt'),
        num_pairs=1200,
        empty_masks=True,
    ),
}


@pytest.mark.parametrize('name', AS_CONFIGS)
def test_a_record_as_a_config(name):
    expected = dict(type='SODDataset', dataset_name=name, **AS_CONFIGS[name])
    assert set_config(name, '/data') == expected


def test_the_config_has_every_set_and_nothing_that_a_dump_cannot_hold(tmp_path, monkeypatch):
    monkeypatch.setenv('SOD_DATA', '/data')
    config = Config.fromfile(SETS / 'sod_sets.py')
    found = {one['dataset_name']: one for one in config.values() if 'num_pairs' in one}
    assert found == {name: set_config(name, '/data') for name in STANDARD_SETS}
    config.dump(tmp_path / 'dumped.py')
    assert Config.fromfile(tmp_path / 'dumped.py')._cfg_dict == config._cfg_dict


def test_needs_no_toolbox():
    code = (
        'import sys; sys.modules.update(dict.fromkeys(("mmseg", "mmcv", "mmengine", "torch")))\n'
        'import srm_mmseg.datasets.standard_sets'
    )
    run(sys.executable, '-c', code)


def test_what_is_unverified_is_said():
    assert STANDARD_SETS['DUTS-TE'].standing == 'verified'
    assert STANDARD_SETS['SOD'].standing == 'layout unverified'
    assert STANDARD_SETS['DAVIS-S'].standing == 'layout and count unverified'


def test_no_two_sets_share_a_folder():
    folders = [
        {f'{one.root}/{folder}' for folder in (one.images, one.masks)}
        for one in STANDARD_SETS.values()
    ]
    assert len(set().union(*folders)) == sum(map(len, folders))
