import pickle

import numpy as np
import pytest
from helpers import samples  # noqa: F401  (registers the plugin)
from mmengine.dataset import ConcatDataset
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS
from PIL import Image

from srm_mmseg.datasets.image_file import BadFileError
from srm_mmseg.datasets.stems import BadSetError

init_default_scope('mmseg')
PIPELINE = [
    dict(type='LoadSaliencyImage'),
    dict(type='Resize', scale=(33, 33), keep_ratio=False),
    dict(type='LoadSaliencyMask'),
    dict(type='PackSegInputs'),
]


@pytest.fixture
def root(tmp_path):
    for stem, suffix in (('b', '.jpg'), ('a', '.JPG'), ('sub/c', '.png')):
        for folder, ending in (('images', suffix), ('masks', '.png')):
            path = tmp_path / folder / f'{stem}{ending}'
            path.parent.mkdir(parents=True, exist_ok=True)
            pixels = np.zeros((20, 30, 3), np.uint8) if folder == 'images' else TRUTH
            Image.fromarray(pixels).save(path)
    return tmp_path


TRUTH = np.zeros((20, 30), np.uint8)
TRUTH[5:10] = 255


def dataset(root, **kwargs):
    prefix = dict(img_path='images', seg_map_path='masks')
    return DATASETS.build(
        {'type': 'SODDataset', 'data_root': str(root), 'data_prefix': prefix, **kwargs}
    )


def stems(data):
    return [data.get_data_info(index)['seg_map_path'][-5:-4] for index in range(len(data))]


def test_pairs_by_stem_in_order_with_several_suffixes(root):
    data = dataset(root)
    assert stems(data) == ['a', 'b', 'c']
    assert data.get_data_info(0)['img_path'].endswith('a.JPG')
    assert data.get_data_info(2)['img_path'].endswith('sub/c.png')


def test_suffix_given_as_a_string(root):
    (root / 'masks/a.png').unlink()
    (root / 'masks/sub/c.png').unlink()
    (root / 'images/sub/c.png').unlink()
    (root / 'images/a.JPG').rename(root / 'images/a.tif')
    assert stems(dataset(root, img_suffix='.jpg')) == ['b']


def test_ann_file_lists_a_part_in_its_own_order(root):
    (root / 'list.txt').write_text('sub/c\n\na\n')
    (root / 'images/unlisted.jpg').touch()
    assert stems(dataset(root, ann_file='list.txt')) == ['c', 'a']


def test_two_files_of_a_stem_matter_only_where_it_is_listed(root):
    (root / 'images/b.png').touch()
    (root / 'list.txt').write_text('sub/c\na\n')
    assert stems(dataset(root, ann_file='list.txt')) == ['c', 'a']
    (root / 'list.txt').write_text('b\n')
    with pytest.raises(BadSetError, match='one file a stem.*b.(png|jpg)'):
        dataset(root, ann_file='list.txt')


def test_ann_file_that_is_not_utf8(root):
    (root / 'list.txt').write_bytes(b'caf\xe9\n')
    with pytest.raises(BadSetError, match='list.txt.*Save the list as UTF-8'):
        dataset(root, ann_file='list.txt')


def test_hidden_folders_are_no_part(root):
    for folder, suffix in (('images', 'jpg'), ('masks', 'png')):
        (root / folder / '.cache').mkdir()
        (root / folder / f'.cache/d.{suffix}').touch()
    assert stems(dataset(root)) == ['a', 'b', 'c']


def test_a_link_to_a_folder_above(root):
    (root / 'masks/sub/up').symlink_to(root / 'masks')
    with pytest.raises(BadSetError, match='masks/sub/up.*leads back'):
        dataset(root)


def test_ann_file_with_a_byte_order_mark(root):
    (root / 'list.txt').write_text('\ufeffb\n')
    assert stems(dataset(root, ann_file='list.txt')) == ['b']


def test_ann_file_with_copies(root):
    (root / 'list.txt').write_text('b\na\nb.jpg\n')
    with pytest.raises(BadSetError, match="list.txt', but got 'b' several times"):
        dataset(root, ann_file='list.txt')


def test_ann_file_may_list_file_names(root):
    (root / 'list.txt').write_text('b.jpg\na.JPG\n')
    assert stems(dataset(root, ann_file='list.txt')) == ['b', 'a']


def test_images_and_masks_side_by_side(root):
    (root / 'images/b.png').write_bytes((root / 'masks/b.png').read_bytes())
    prefix = dict(img_path='images', seg_map_path='images')
    (root / 'images/a.JPG').unlink()
    (root / 'images/sub/c.png').unlink()
    data = dataset(root, data_prefix=prefix, img_suffix='.jpg', seg_map_suffix='.png')
    assert stems(data) == ['b']


def test_stray_files_are_no_part(root):
    for name in ('images/.DS_Store', 'images/Thumbs.db', 'masks/extra.jpg', 'masks/._b.png'):
        (root / name).touch()
    assert len(dataset(root)) == 3


def test_a_sample_keeps_the_masks_size_and_values(root):
    sample = dataset(root, pipeline=PIPELINE, test_mode=True)[0]
    assert tuple(sample['inputs'].shape) == (3, 33, 33)
    mask = sample['data_samples'].gt_sem_seg.data[0].numpy()
    np.testing.assert_array_equal(mask, TRUTH // 255)


def test_classes_and_palette():
    metainfo = DATASETS.get('SODDataset').METAINFO
    assert metainfo['classes'] == ('background', 'salient')
    assert len(metainfo['palette']) == 2


def test_travels_to_workers(root):
    data = dataset(root, pipeline=PIPELINE)
    assert len(pickle.loads(pickle.dumps(data))) == 3


@pytest.mark.parametrize(
    'remove, message', [('masks/b.png', 'a mask in.*none for 1: b'), ('images/b.jpg', 'an image')]
)
def test_unpaired_files_are_named(root, remove, message):
    (root / remove).unlink()
    with pytest.raises(FileNotFoundError, match=f'{message}.*ann_file'):
        dataset(root)


def test_many_unpaired_files_are_counted(root):
    for index in range(30):
        (root / f'images/x{index:02d}.jpg').touch()
    with pytest.raises(FileNotFoundError, match=r'33 stems, but none for 30: x00, .*x09, \.\.\.'):
        dataset(root)


def test_listed_file_without_a_mask(root):
    (root / 'list.txt').write_text('a\nghost\n')
    with pytest.raises(FileNotFoundError, match='none for 1: ghost'):
        dataset(root, ann_file='list.txt')


def test_missing_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match='images.*there is none.*SOD_DATA.*data_root'):
        dataset(tmp_path)


def test_empty_folder(tmp_path):
    (tmp_path / 'images').mkdir()
    with pytest.raises(FileNotFoundError, match=r'\.jpg or \.jpeg or \.png in .*images'):
        dataset(tmp_path)


def test_missing_and_empty_list(root):
    with pytest.raises(FileNotFoundError, match='list.txt.*no such file.*ann_file'):
        dataset(root, ann_file='list.txt')
    (root / 'list.txt').touch()
    with pytest.raises(FileNotFoundError, match='list.txt.*is empty'):
        dataset(root, ann_file='list.txt')


def test_two_images_with_one_stem(root):
    (root / 'images/b.png').touch()
    with pytest.raises(BadSetError, match='one file a stem.*narrow the suffixes'):
        dataset(root)


def test_skipping_ends_where_nothing_can_be_read(root):
    for path in root.glob('images/**/*.*'):
        path.write_bytes(b'no image')
    data = dataset(root, pipeline=PIPELINE, skip_bad_files=True, max_refetch=5)
    with pytest.raises(BadFileError, match='6 in a row cannot. Expected a complete image file'):
        data[0]


def test_another_pair_takes_the_place_of_a_bad_one(root):
    (root / 'images/a.JPG').unlink()
    data = dataset(root, pipeline=PIPELINE, skip_bad_files=True, lazy_init=True)
    (root / 'images/a.JPG').write_bytes(b'')
    data.full_init()
    sample = data[0]['data_samples']
    assert set(sample.skipped_files) == {str(root / 'images/a.JPG')}
    assert sample.img_path != str(root / 'images/a.JPG')
    assert 'skipped_files' not in data[1]['data_samples'].metainfo


def test_any_other_error_names_the_image(root):
    data = dataset(root, pipeline=[dict(type='RandomFlip', prob=1.0)])  # of an image not loaded
    with pytest.raises(KeyError, match='img') as error:
        data[0]
    assert 'a.JPG' in error.value.__notes__[0]


@pytest.mark.parametrize(
    ('test_mode', 'key', 'others'),
    [
        (False, 'train_dataloader.dataset.num_pairs=None', ['test_dataloader', 'val_dataloader']),
        (True, 'test_dataloader.dataset.num_pairs=None', ['train_dataloader']),
    ],
)
@pytest.mark.parametrize('is_joined', [False, True])
def test_another_number_of_pairs_names_the_key_of_its_own_split(
    is_joined, test_mode, key, others, root
):
    def build():
        one = dataset(root, num_pairs=99, test_mode=test_mode)
        return ConcatDataset([one]) if is_joined else one

    with pytest.raises(BadSetError, match=r'dataset\.datasets\.0') as error:
        build()
    assert key in str(error.value) and not any(other in str(error.value) for other in others)
