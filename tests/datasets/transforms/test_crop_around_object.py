import numpy as np
import pytest

from srm_mmseg.datasets.transforms.crop_around_object import RandomCropAroundObject


def sample(mask):
    image = np.random.default_rng(0).integers(0, 256, (*mask.shape, 3), np.uint8)
    return dict(img=image, gt_seg_map=mask, img_shape=mask.shape)


def test_the_object_stays_whole_and_image_and_mask_together():
    mask = np.zeros((50, 80), np.uint8)
    mask[3:30, 20:75] = 1
    crop = RandomCropAroundObject(prob=1, most=0.2)
    np.random.seed(0)
    sizes = set()
    for _ in range(200):
        before = sample(mask)
        whole = before['img'][mask == 1]
        after = crop(dict(before))
        assert after['gt_seg_map'].sum() == mask.sum()
        np.testing.assert_array_equal(after['img'][after['gt_seg_map'] == 1], whole)
        assert after['img_shape'] == after['img'].shape[:2] == after['gt_seg_map'].shape
        sizes.add(after['img_shape'])
    heights, widths = zip(*sizes)
    assert min(heights) == 50 - 3 - 10 and min(widths) == 80 - 16 - 5
    assert len(sizes) > 20


def test_an_empty_mask_is_cropped_too():
    np.random.seed(0)
    after = RandomCropAroundObject(prob=1)(sample(np.zeros((50, 80), np.uint8)))
    assert 30 <= after['img_shape'][0] < 50 and 48 <= after['img_shape'][1] < 80


def test_never_with_probability_zero():
    after = RandomCropAroundObject(prob=0)(sample(np.zeros((50, 80), np.uint8)))
    assert after['img_shape'] == (50, 80)


@pytest.mark.parametrize('wrong', [dict(prob=2), dict(most=0), dict(most=0.5)])
def test_wrong_arguments(wrong):
    with pytest.raises(ValueError, match=f'Expected {next(iter(wrong))}'):
        RandomCropAroundObject(**wrong)
