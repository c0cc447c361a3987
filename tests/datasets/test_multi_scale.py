import numpy as np
import pytest
import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from srm_mmseg.datasets.multi_scale import collate_at_random_size


def sample(height=97, width=129):
    mask = torch.zeros(1, height, width, dtype=torch.int64)
    mask[:, : height // 2] = 1
    data = SegDataSample(gt_sem_seg=PixelData(data=mask), metainfo=dict(img_shape=(height, width)))
    return dict(inputs=torch.full((3, height, width), 200, dtype=torch.uint8), data_samples=data)


def test_batches_of_one_size_each():
    np.random.seed(0)
    seen = set()
    for _ in range(20):
        batch = collate_at_random_size([sample(), sample(65, 65)], sizes=(33, 65, 97))
        shapes = {tuple(image.shape) for image in batch['inputs']}
        (shape,) = shapes
        for image, data in zip(batch['inputs'], batch['data_samples']):
            assert image.dtype == torch.uint8 and (image == 200).all()
            mask = data.gt_sem_seg.data
            assert mask.shape == (1, *shape[1:]) and mask.dtype == torch.int64
            assert set(mask.unique().tolist()) == {0, 1}
            assert abs(mask.float().mean() - 0.5) < 0.03
            assert data.img_shape == shape[1:]
        seen.add(shape[1])
    assert seen == {33, 65, 97}


def test_other_sizes_are_refused():
    with pytest.raises(ValueError, match='32k . 1, such as 353, but got 96'):
        collate_at_random_size([sample()], sizes=(65, 96))
