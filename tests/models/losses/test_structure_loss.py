import math

import numpy as np
import pytest
import torch
from mask_batches import probability, random_logits, smooth_masks, window

from srm_mmseg.models.losses.structure_loss import StructureLoss


def reference(chance, truth, weight, size, gamma=5.0):
    """Equation by equation, pixel by pixel, for one image."""
    height, width = truth.shape
    position = np.zeros((height, width))
    for i in range(height):
        for j in range(width):
            around = [truth[m, n] for m in window(i, size, height) for n in window(j, size, width)]
            position[i, j] = 1 + gamma * abs(sum(around) / len(around) - truth[i, j])
    entropy = -np.where(truth, np.log(chance), np.log(1 - chance))
    weighted = (weight * position * entropy).sum() / position.sum()
    shared = (weight * position * chance * truth).sum()
    united = (weight * position * (chance + truth - chance * truth)).sum()
    return weighted + 1 - (1 + shared) / (1 + united)


@pytest.mark.parametrize('size', [5, 31])
@pytest.mark.parametrize('weighted', [False, True])
def test_equals_loops(size, weighted):
    masks = smooth_masks()
    logits = random_logits(masks)
    weight = torch.rand(masks.shape, generator=torch.Generator().manual_seed(2))
    weights = weight.numpy() if weighted else np.ones(masks.shape)
    expected = np.mean(
        [
            reference(*each, size)
            for each in zip(probability(logits), masks.numpy(), weights, strict=True)
        ]
    )
    value = StructureLoss(window=size)(logits, masks, weight if weighted else None)
    assert value.item() == pytest.approx(expected, rel=1e-5)


def test_by_hand():
    """Three pixels in a row, one of them the object's; the map does not know."""
    # Means of the windows: 0, 1/3, 1/2 -> alpha = 0, 1/3, 1/2: weights 1, 8/3, 7/2; sum 43/6.
    value = StructureLoss(window=3)(torch.zeros(1, 2, 1, 3), torch.tensor([[[0, 0, 1]]]))
    shared, united = 0.5 * 7 / 2, 0.5 * (1 + 8 / 3) + 7 / 2
    assert value.item() == pytest.approx(math.log(2) + 1 - (1 + shared) / (1 + united))


def test_an_error_at_the_boundary_costs_more():
    masks = torch.zeros(1, 40, 40).long()
    masks[:, 10:30, 10:30] = 1
    costs = []
    for row, column in ((9, 20), (0, 0)):
        logits = torch.zeros(1, 2, 40, 40)
        logits[:, 1] = 8.0 * (2 * masks - 1)
        logits[:, 1, row, column] *= -1
        costs.append(StructureLoss(window=9)(logits, masks).item())
    assert costs[0] > 2 * costs[1]
