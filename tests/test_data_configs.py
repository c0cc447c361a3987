"""Each data-set config on a tiny tree of its official layout, and on trees that are wrong."""

import re
import shutil
from pathlib import Path

import pytest
from helpers import REPO
from mmengine.config import Config
from mmseg.registry import DATASETS
from sod_trees import SETS, record, write_tree

from srm_mmseg.datasets.leaves import leaves
from srm_mmseg.datasets.standard_sets import STANDARD_SETS, sets_on_disk

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
    'HRSOD-TR': 1610,
    'HRSOD-TE': 400,
    'DAVIS-S': 92,
    'UHRSD-TR': 4932,
    'UHRSD-TE': 988,
    'DIS-TR': 3000,
    'DIS-VD': 470,
    'DIS-TE1': 500,
    'DIS-TE2': 500,
    'DIS-TE3': 500,
    'DIS-TE4': 500,
    'SOC-TR': 3600,
    'SOC-VAL': 1200,
    'SOC-TE': 1200,
    'CAMO-TR': 1000,
    'CAMO-TE': 250,
    'COD10K-TR': 3040,
    'COD10K-TE': 2026,
    'NC4K': 4121,
}
USUAL_SIX = ('ECSSD', 'PASCAL-S', 'DUT-OMRON', 'HKU-IS', 'DUTS-TE', 'SOD')
LOADERS = {  # of each config: the sets to train on, to validate on and to test on
    'duts': ('DUTS-TR', 'DUTS-TE', 'DUTS-TE'),
    'ecssd': ('DUTS-TR', 'ECSSD', 'ECSSD'),
    'pascal_s': ('DUTS-TR', 'PASCAL-S', 'PASCAL-S'),
    'dut_omron': ('DUTS-TR', 'DUT-OMRON', 'DUT-OMRON'),
    'hku_is': ('DUTS-TR', 'HKU-IS', 'HKU-IS'),
    'sod': ('DUTS-TR', 'SOD', 'SOD'),
    'msra10k': ('MSRA10K', 'DUTS-TE', 'DUTS-TE'),
    'thur15k': ('THUR15K', 'DUTS-TE', 'DUTS-TE'),
    'hrsod': ('HRSOD-TR', 'HRSOD-TE', 'HRSOD-TE'),
    'davis_s': ('DUTS-TR', 'DAVIS-S', 'DAVIS-S'),
    'uhrsd': ('UHRSD-TR', 'UHRSD-TE', 'UHRSD-TE'),
    'dis5k': (
        'DIS-TR',
        'DIS-VD',
        ('DIS-VD', 'DIS-TE1', 'DIS-TE2', 'DIS-TE3', 'DIS-TE4'),
    ),
    'soc': ('SOC-TR', 'SOC-VAL', 'SOC-TE'),
    'camo': ('CAMO-TR', 'CAMO-TE', 'CAMO-TE'),
    'cod10k': ('COD10K-TR', 'COD10K-TE', 'COD10K-TE'),
    'nc4k': ('COD10K-TR', 'NC4K', 'NC4K'),
    'sod_benchmark': ('DUTS-TR', 'DUTS-TE', USUAL_SIX),
    'sod_benchmark_high_resolution': ('DUTS-TR', 'DUTS-TE', ('DAVIS-S', 'HRSOD-TE', 'UHRSD-TE')),
    'sod_benchmark_camouflage': (
        ('COD10K-TR', 'CAMO-TR'),
        'COD10K-TE',
        ('CAMO-TE', 'COD10K-TE', 'NC4K'),
    ),
}
each_set = pytest.mark.parametrize('name', COUNTS)


def of_loader(loader) -> list:
    return [*leaves(loader.dataset)]


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


@pytest.mark.parametrize('file', LOADERS)
def test_config_has_the_records_of_its_sets(file, tmp_path, monkeypatch):
    monkeypatch.setenv('SOD_DATA', str(tmp_path))
    config = Config.fromfile(SETS / f'{file}.py')
    for split, expected in zip(('train', 'val', 'test'), LOADERS[file]):
        names = (expected,) if isinstance(expected, str) else expected
        found = of_loader(config[f'{split}_dataloader'])
        assert [one.dataset_name for one in found] == list(names)
        for name, one in zip(names, found):
            read = record(name, tmp_path, monkeypatch)
            assert {k: one[k] for k in read} == read
            assert one.get('test_mode', False) == (split != 'train')
            assert one.pipeline == config[f'{"train" if split == "train" else "test"}_pipeline']


def test_every_set_has_a_config_and_is_trained_or_tested_on():
    training, *others = (
        {
            name
            for row in LOADERS.values()
            for name in ([row[i]] if isinstance(row[i], str) else row[i])
        }
        for i in range(3)
    )
    assert training == {name for name, one in STANDARD_SETS.items() if one.to_train}
    assert set().union(*others) == set(COUNTS) - training


def test_sets_on_disk(tmp_path, monkeypatch):
    monkeypatch.setenv('SOD_DATA', str(tmp_path))
    for name in ('DIS-TR', 'DIS-TE2', 'THUR15K', 'COD10K-TE'):
        write_tree(name, tmp_path / STANDARD_SETS[name].root)
    config = Config.fromfile(SETS / 'sets_on_disk.py')
    for loader, names, to_train in (
        (config.train_dataloader, ['THUR15K', 'DIS-TR'], True),
        (config.test_dataloader, ['DIS-TE2', 'COD10K-TE'], False),
    ):
        assert [one.dataset_name for one in of_loader(loader)] == names
        assert [one['dataset_name'] for one in sets_on_disk(str(tmp_path), to_train)] == names
    assert sets_on_disk(str(tmp_path / 'gone'), to_train=True) == []


@each_set
def test_wrong_root(name, tree, monkeypatch):
    one = record(name, tree / 'elsewhere', monkeypatch)
    with pytest.raises(FileNotFoundError, match='elsewhere.*there is none.*SOD_DATA'):
        DATASETS.build(one)


@each_set
def test_half_extracted_archive(name, tree, monkeypatch):
    one = record(name, tree, monkeypatch, num_pairs=3)
    mask = next((tree / STANDARD_SETS[name].root).rglob(f'*3{STANDARD_SETS[name].mask_suffix}'))
    if STANDARD_SETS[name].image_suffix == STANDARD_SETS[name].mask_suffix:
        mask = tree / STANDARD_SETS[name].root / STANDARD_SETS[name].masks / mask.name
    mask.unlink()
    expected = (
        r'Expected 3 pairs.*but got 2: 3 images, 2 masks; unpaired: (Class0/Src/|COD10K-CAM-)?3\. '
    )
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


def test_the_models_config_of_the_benchmark_has_its_sets():
    config = Config.fromfile(REPO / 'configs/srm_r50_sod_benchmark.py')
    sets = of_loader(config.test_dataloader)
    assert tuple(one.dataset_name for one in sets) == USUAL_SIX
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
