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
