"""Each data-set config on a tiny tree of its official layout, and on trees that are wrong."""

import re
import shutil
from pathlib import Path

import pytest
from helpers import REPO
from mmengine.config import Config
from mmseg.registry import DATASETS
from sod_trees import SETS, key, record, write_tree

from srm_mmseg.datasets.standard_sets import STANDARD_SETS

COUNTS = {  # as published
    'DUTS-TR': 10553,
    'DUTS-TE': 5019,
    'ECSSD': 1000,
    'PASCAL-S': 850,
    'DUT-OMRON': 5168,
    'HKU-IS': 4447,
    'SOD': 300,
    'MSRA10K': 10000,
    'THUR15K': 6232,
}
TRAINING = ('DUTS-TR', 'MSRA10K', 'THUR15K')
each_set = pytest.mark.parametrize('name', COUNTS)


@pytest.fixture
def tree(name, tmp_path):
    write_tree(name, tmp_path / STANDARD_SETS[name].root)
    return tmp_path


def test_every_set_has_a_layout_and_a_record():
    assert list(STANDARD_SETS) == list(COUNTS)
    assert {name: layout.num_pairs for name, layout in STANDARD_SETS.items()} == COUNTS
    records = Config.fromfile(SETS / 'sod_sets.py')
    assert {r.dataset_name for r in records.values() if 'num_pairs' in r} == set(COUNTS)


@each_set
def test_pairs_of_the_official_layout(name, tree, monkeypatch):
    one = record(name, tree, monkeypatch)
    assert one['num_pairs'] == COUNTS[name]
    loading = [dict(type='LoadSaliencyImage'), dict(type='LoadSaliencyMask')]
    dataset = DATASETS.build(dict(one, num_pairs=3, pipeline=loading))
    assert len(dataset) == 3
    for index in range(3):
        sample = dataset[index]
        assert sample['gt_seg_map'].any() and sample['dataset_name'] == name
        image, mask = Path(sample['img_path']), Path(sample['seg_map_path'])
        layout = STANDARD_SETS[name]
        assert image.match(f'{layout.root}/{layout.images}/*{layout.image_suffix}')
        assert mask.match(f'{layout.root}/{layout.masks}/*{layout.mask_suffix}')


@each_set
def test_config_reads_the_record(name, tmp_path, monkeypatch):
    one = record(name, tmp_path, monkeypatch)
    config = Config.fromfile(SETS / f'{"duts" if "DUTS" in name else key(name)}.py')
    loader = config.train_dataloader if name in TRAINING else config.test_dataloader
    assert {k: loader.dataset[k] for k in one} == one
    assert loader.dataset.get('test_mode', False) == (name not in TRAINING)
    other = config.test_dataloader if name in TRAINING else config.train_dataloader
    assert other.dataset.dataset_name == ('DUTS-TE' if name in TRAINING else 'DUTS-TR')
    assert config.val_dataloader.dataset == config.test_dataloader.dataset


@each_set
def test_wrong_root(name, tree, monkeypatch):
    one = record(name, tree / 'elsewhere', monkeypatch)
    with pytest.raises(FileNotFoundError, match='elsewhere.*there is none.*SOD_DATA'):
        DATASETS.build(one)


@each_set
def test_half_extracted_archive(name, tree, monkeypatch):
    one = record(name, tree, monkeypatch, num_pairs=3)
    mask = next((tree / STANDARD_SETS[name].root).rglob(f'3{STANDARD_SETS[name].mask_suffix}'))
    if STANDARD_SETS[name].image_suffix == STANDARD_SETS[name].mask_suffix:
        mask = tree / STANDARD_SETS[name].root / STANDARD_SETS[name].masks / mask.name
    mask.unlink()
    expected = r'Expected 3 pairs.*but got 2: 3 images, 2 masks; unpaired: (Class0/Src/)?3\. '
    with pytest.raises(ValueError, match=f'{expected}An archive.*num_pairs=None'):
        DATASETS.build(one)
    with pytest.raises(FileNotFoundError, match='Expected a mask.*none for 1'):
        DATASETS.build(dict(one, num_pairs=None))


@each_set
def test_official_count_is_the_default(name, tree, monkeypatch):
    one = record(name, tree, monkeypatch)
    expected = f'Expected {COUNTS[name]} pairs, the count of {name}, .*but got 3: 3 images, 3 masks'
    with pytest.raises(ValueError, match=expected):
        DATASETS.build(one)
    assert len(DATASETS.build(dict(one, num_pairs=None))) == 3


def test_a_list_is_not_counted(tmp_path, monkeypatch):
    (write_tree('ECSSD', tmp_path / 'ECSSD') / 'train.txt').write_text('1\n3\n')
    one = record('ECSSD', tmp_path, monkeypatch, ann_file='train.txt')
    assert len(DATASETS.build(one)) == 2


def test_another_set_of_the_same_layout(tmp_path, monkeypatch):
    write_tree('SOD', tmp_path / 'ECSSD', count=5)
    (tmp_path / 'ECSSD/masks').rename(tmp_path / 'ECSSD/ground_truth_mask')
    one = record('ECSSD', tmp_path, monkeypatch, num_pairs=3)
    with pytest.raises(ValueError, match='Expected 3 pairs.*but got 5.*another data set'):
        DATASETS.build(one)


def test_another_set_of_another_layout(tmp_path, monkeypatch):
    tree = write_tree('ECSSD', tmp_path / 'HKU-IS')
    one = record('HKU-IS', tmp_path, monkeypatch)
    with pytest.raises(FileNotFoundError, match="HKU-IS/imgs', but there is none"):
        DATASETS.build(one)
    shutil.move(tree / 'images', tree / 'imgs')
    with pytest.raises(FileNotFoundError, match='suffix .png.*HKU-IS/imgs'):
        DATASETS.build(one)


def test_benchmark_is_the_usual_six():
    config = Config.fromfile(REPO / 'configs/srm_r50_sod_benchmark.py')
    sets = config.test_dataloader.dataset.datasets
    assert [one.dataset_name for one in sets] == [
        *('ECSSD', 'PASCAL-S', 'DUT-OMRON', 'HKU-IS', 'DUTS-TE', 'SOD')
    ]
    for one in sets:
        assert one.num_pairs == COUNTS[one.dataset_name] and one.test_mode
        assert one.pipeline == config.test_pipeline
    assert config.train_dataloader.dataset.dataset_name == 'DUTS-TR'


def test_custom_config_reads_two_folders_and_two_lists(tmp_path, monkeypatch):
    mine = write_tree('SOD', tmp_path / 'mine')
    (mine / 'train.txt').write_text('1\n2\n')
    (mine / 'val.txt').write_text('3\n')
    monkeypatch.setenv('SOD_DATA', str(tmp_path))
    config = Config.fromfile(REPO / 'configs/srm_r50_custom.py')
    train, val = (
        DATASETS.build(loader.dataset)
        for loader in (config.train_dataloader, config.val_dataloader)
    )
    assert (len(train), len(val)) == (2, 1)
    assert train[0]['inputs'].shape == val[0]['inputs'].shape == (3, 353, 353)
    assert not train.test_mode and val.test_mode


def test_no_config_names_a_folder_of_data_but_by_the_root():
    texts = {path.name: path.read_text() for path in SETS.glob('*.py')}
    assert len(texts) > 10
    by_the_root = r"data_root=(?!f'\{(_base_\.)?sod_data\}/)"
    assert [name for name, text in texts.items() if re.search(by_the_root, text)] == []
    assert [name for name, text in texts.items() if "SOD_DATA'" in text] == ['sod_root.py']
