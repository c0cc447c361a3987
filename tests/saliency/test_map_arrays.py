import numpy as np
import pytest
import torch
import torch.nn.functional as F

from srm_mmseg.saliency.map_arrays import probability, resize


@pytest.mark.parametrize('align_corners', [True, False])
@pytest.mark.parametrize('sizes', [((3, 5), (65, 97)), ((1, 1), (4, 3)), ((7, 2), (1, 1))])
def test_resizes_as_pytorch(align_corners, sizes):
    maps = torch.randn(2, 1, *sizes[0])
    expected = F.interpolate(maps, sizes[1], mode='bilinear', align_corners=align_corners)
    found = resize(maps.numpy(), sizes[1], align_corners)
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-5)


def test_a_map_among_others_is_resized_as_alone():
    maps = np.random.default_rng(0).random((3, 45, 45), dtype=np.float32)
    among = resize(maps, (480, 640), align_corners=True)
    for index in range(3):
        alone = resize(maps[index][None], (480, 640), align_corners=True)
        np.testing.assert_array_equal(among[index], alone[0])


def test_probability_is_the_sigmoid_and_does_not_overflow():
    log_odds = torch.tensor([-1e4, -3.0, 0.0, 2.0, 1e4])
    np.testing.assert_allclose(probability(log_odds.numpy()), log_odds.sigmoid().numpy(), atol=1e-7)
