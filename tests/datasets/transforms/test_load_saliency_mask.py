import numpy as np
import pytest
from mmseg.datasets.transforms import LoadAnnotations
from PIL import Image

from srm_mmseg.datasets.transforms import load_saliency_mask
from srm_mmseg.datasets.transforms.load_saliency_mask import LoadSaliencyMask

TRUTH = np.zeros((6, 8), np.uint8)
TRUTH[2:5, 3:7] = 1


def results_for(path):
    return dict(
        img_path='image.jpg',
        seg_map_path=str(path),
        ori_shape=(6, 8),
        seg_fields=[],
        reduce_zero_label=False,
    )


def test_255_is_salient_and_not_ignored(tmp_path):
    path = tmp_path / 'mask.png'
    Image.fromarray(TRUTH * 255).save(path)
    stock = LoadAnnotations()(results_for(path))['gt_seg_map']
    assert set(np.unique(stock)) == {0, 255}  # to every loss of the toolbox, 255 means "ignore"
    results = LoadSaliencyMask()(results_for(path))
    np.testing.assert_array_equal(results['gt_seg_map'], TRUTH)
    assert results['seg_fields'] == ['gt_seg_map']


def test_inference_has_no_mask():
    assert LoadSaliencyMask()(dict(img_path='image.jpg')) == dict(img_path='image.jpg')


def test_threshold(tmp_path):
    path = tmp_path / 'mask.png'
    Image.fromarray(TRUTH * 128).save(path)
    assert LoadSaliencyMask()(results_for(path))['gt_seg_map'].max() == 0
    assert LoadSaliencyMask(threshold=127)(results_for(path))['gt_seg_map'].max() == 1


def test_mask_of_another_size_names_both_files(tmp_path):
    path = tmp_path / 'mask.png'
    Image.fromarray(TRUTH[:, :7] * 255).save(path)
    with pytest.raises(ValueError, match="mask.png'.*'image.jpg', 8x6, but got 7x6.*ann_file"):
        LoadSaliencyMask()(results_for(path))


def test_coloured_mask_is_named_with_the_remedy(tmp_path):
    path = tmp_path / 'mask.png'
    Image.fromarray(TRUTH[..., None] * np.uint8([255, 0, 0])).save(path)
    with pytest.raises(ValueError, match="mask.png': it is coloured.*8-bit grey PNG"):
        LoadSaliencyMask()(results_for(path))


def test_a_mask_with_an_orientation_is_refused(tmp_path):
    path = tmp_path / 'mask.png'
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(TRUTH * 255).save(path, exif=exif)
    with pytest.raises(
        ValueError, match="orientation, but got '.*mask.png' with 6.*Save it upright"
    ):
        LoadSaliencyMask()(results_for(path))


def test_a_mask_of_the_image_before_it_is_turned(tmp_path):
    path = tmp_path / 'mask.png'
    Image.fromarray(TRUTH.T * 255).save(path)
    with pytest.raises(ValueError, match='8x6, but got 6x8. Images follow their EXIF orientation'):
        LoadSaliencyMask()(results_for(path))


def test_the_first_doubtful_mask_of_a_data_set_is_logged(tmp_path, monkeypatch):
    logged = []
    monkeypatch.setattr(load_saliency_mask, 'print_log', lambda text, *_: logged.append(text))
    load = LoadSaliencyMask()
    for name in ('a', 'b'):
        Image.fromarray(TRUTH * 128).save(tmp_path / f'{name}.png')
        for data_set in ('ours', 'theirs'):
            load(dict(results_for(tmp_path / f'{name}.png'), dataset_name=data_set))
    Image.fromarray(TRUTH * 255).save(tmp_path / 'c.png')
    load(dict(results_for(tmp_path / 'c.png'), dataset_name='third'))
    assert len(logged) == 2 and all('a.png' in text and 'threshold=127' in text for text in logged)
