import math

import numpy as np
import pytest
import torch
from mask_batches import probability, random_logits, smooth_masks, window

from srm_mmseg.models.losses.saliency_ssim import SaliencySSIM


def similarity(chance, truth, i, j, size, sigma):
    """SSIM of the patches around a pixel, by means of products of differences."""
    places = [(m, n) for m in window(i, size, len(truth)) for n in window(j, size, len(truth[0]))]
    counts = np.array(
        [math.exp(-((m - i) ** 2 + (n - j) ** 2) / (2 * sigma**2)) for m, n in places]
    )
    counts /= counts.sum()
    x = np.array([chance[place] for place in places])
    y = np.array([truth[place] for place in places], dtype=float)
    mean_x, mean_y = (counts * x).sum(), (counts * y).sum()
    var_x, var_y = (counts * (x - mean_x) ** 2).sum(), (counts * (y - mean_y) ** 2).sum()
    covariance = (counts * (x - mean_x) * (y - mean_y)).sum()
    c1, c2 = 0.0001, 0.0009
    return ((2 * mean_x * mean_y + c1) * (2 * covariance + c2)) / (
        (mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2)
    )


@pytest.mark.parametrize(('size', 'sigma'), [(11, 1.5), (3, 0.8)])
def test_equals_loops(size, sigma):
    masks = smooth_masks(height=15, width=13)
    logits, weight = random_logits(masks), torch.rand(2, 15, 13)
    expected = np.zeros((2, 15, 13))
    for b, (chance, truth) in enumerate(zip(probability(logits), masks.numpy(), strict=True)):
        for i in range(15):
            for j in range(13):
                expected[b, i, j] = 1 - similarity(chance, truth, i, j, size, sigma)
    loss = SaliencySSIM(window=size, sigma=sigma)
    assert loss(logits, masks).item() == pytest.approx(expected.mean(), rel=1e-4)
    weighted = (expected * weight.numpy()).mean()
    assert loss(logits, masks, weight).item() == pytest.approx(weighted, rel=1e-4)


def test_by_hand():
    """A patch of one pixel has no spread: (2 x y + C1) / (x^2 + y^2 + C1) is left."""
    logits = torch.zeros(1, 2, 1, 2)
    value = SaliencySSIM(window=1)(logits, torch.tensor([[[0, 1]]]))
    empty, full = 0.0001 / (0.25 + 0.0001), (1 + 0.0001) / (1.25 + 0.0001)
    assert value.item() == pytest.approx(1 - (empty + full) / 2, rel=1e-5)


def test_its_default_is_basnets_window():
    masks = smooth_masks()
    logits = random_logits(masks)
    assert torch.equal(
        SaliencySSIM()(logits, masks), SaliencySSIM(window=11, sigma=1.5)(logits, masks)
    )
