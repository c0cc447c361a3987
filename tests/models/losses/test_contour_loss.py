import math

import numpy as np
import pytest
import torch
from mask_batches import probability, random_logits, smooth_masks, window

from srm_mmseg.models.losses.contour_loss import ContourLoss


def reference(chance, truth, weight, size=5, factor=5.0, sigma=1.1):
    """Equation by equation, pixel by pixel, for one image."""
    height, width = truth.shape
    places = [(i, j) for i in range(height) for j in range(width)]

    def around(i, j):
        return [(m, n) for m in window(i, size, height) for n in window(j, size, width)]

    contour = np.zeros((height, width))
    for place in places:
        near = [truth[other] for other in around(*place)]
        contour[place] = max(near) - min(near)  # dilation minus erosion
    total = 0.0
    for i, j in places:
        counts = [
            math.exp(-((m - i) ** 2 + (n - j) ** 2) / (2 * sigma**2)) for m, n in around(i, j)
        ]
        smooth = sum(c * contour[place] for c, place in zip(counts, around(i, j), strict=True))
        entropy = -math.log(chance[i, j] if truth[i, j] else 1 - chance[i, j])
        total += weight[i, j] * (1 + factor * smooth / sum(counts)) * entropy
    return total / (height * width)


@pytest.mark.parametrize('size', [3, 5])
@pytest.mark.parametrize('weighted', [False, True])
def test_equals_loops(size, weighted):
    masks = smooth_masks()
    logits, weight = random_logits(masks), torch.rand(masks.shape)
    weights = weight.numpy() if weighted else np.ones(masks.shape)
    expected = [
        reference(*each, size)
        for each in zip(probability(logits), masks.numpy(), weights, strict=True)
    ]
    value = ContourLoss(window=size)(logits, masks, weight if weighted else None)
    assert value.item() == pytest.approx(np.mean(expected), rel=1e-5)


def test_by_hand():
    """A row of 9 pixels, windows of 3: the contour is 2 wide, and a third more lies next to it."""
    masks = torch.tensor([[[0, 0, 0, 0, 0, 1, 1, 1, 1]]])
    near, middle = math.exp(-1 / (2 * 1.1**2)), 1.0
    whole = middle + 2 * near
    inside, beside = (middle + near) / whole, near / whole
    total = 9 + 5 * 2 * (inside + beside)
    value = ContourLoss(window=3)(torch.zeros(1, 2, 1, 9), masks)
    assert value.item() == pytest.approx(total / 9 * math.log(2), rel=1e-5)


def test_without_a_contour_it_is_cross_entropy():
    logits = torch.randn(2, 2, 9, 9, generator=torch.Generator().manual_seed(0))
    masks = torch.stack([torch.zeros(9, 9), torch.ones(9, 9)]).long()
    expected = torch.nn.functional.cross_entropy(logits, masks)
    torch.testing.assert_close(ContourLoss()(logits, masks), expected)
