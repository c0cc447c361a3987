import pytest
from mmengine.config import Config

from srm_mmseg.datasets.checks.config_sets import sets_of_config

LOADING = [dict(type='LoadSaliencyImage'), dict(type='LoadSaliencyMask', threshold=127)]


def sod(root, **kwargs):
    prefix = dict(img_path='images', seg_map_path='/elsewhere/masks')
    return dict(type='SODDataset', data_root=root, data_prefix=prefix, pipeline=LOADING, **kwargs)


def loader(dataset):
    return dict(dataset=dataset)


def test_wrapped_sets_are_found_and_repeated_ones_listed_once():
    pascal = sod('/data/PASCAL-S', img_suffix='.bmp', ann_file='part.txt', dataset_name='P')
    nested = dict(
        type='ConcatDataset',
        datasets=[dict(type='RepeatDataset', times=3, dataset=sod('/data/A')), pascal],
    )
    config = Config(
        dict(
            train_dataloader=loader(nested),
            val_dataloader=loader(sod('/data/A', num_pairs=7)),
            test_dataloader=loader(
                dict(type='ConcatDataset', datasets=[sod('/data/A', num_pairs=7), pascal])
            ),
        )
    )
    found = sets_of_config(config)
    assert [folders.name for folders in found] == ['train-A', 'train-P', 'val-A', 'test-P']
    assert [folders.is_training for folders in found] == [True, True, False, False]
    assert found[0].images == '/data/A/images' and found[0].masks == '/elsewhere/masks'
    assert found[1].image_suffixes == ('.bmp',) and found[1].mask_suffixes == ('.png',)
    assert found[1].ann_file == '/data/PASCAL-S/part.txt' and found[0].ann_file == ''
    assert found[0].threshold == 127
    assert [folders.num_pairs for folders in found] == [None, None, 7, None]


def test_a_set_with_black_masks_says_so():
    config = Config(
        dict(test_dataloader=loader([sod('/data/A'), sod('/data/B', empty_masks=True)]))
    )
    assert [folders.empty_masks for folders in sets_of_config(config)] == [False, True]


def test_sets_of_one_name_are_numbered():
    parts = [sod('/data/A', ann_file='a.txt'), sod('/data/A', ann_file='b.txt')]
    config = Config(dict(train_dataloader=loader(dict(type='ConcatDataset', datasets=parts))))
    assert [folders.name for folders in sets_of_config(config)] == ['train-A', 'train-A-2']


def test_a_config_without_sets_is_refused():
    with pytest.raises(ValueError, match='Expected data sets in train_dataloader'):
        sets_of_config(Config(dict(train_dataloader=None)))


def test_other_kinds_of_sets_are_refused():
    other = dict(type='BaseSegDataset', data_root='/data', metainfo=dict(classes=('a',)))
    with pytest.raises(ValueError, match="to be a SODDataset, but got 'BaseSegDataset'"):
        sets_of_config(Config(dict(test_dataloader=loader(other))))
