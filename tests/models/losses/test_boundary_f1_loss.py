import numpy as np
import pytest
import torch
from mask_batches import probability, random_logits, smooth_masks, window

from srm_mmseg.models.losses.boundary_f1_loss import BoundaryF1Loss


def pool(values, size):
    height, width = values.shape
    result = np.zeros((height, width))
    for i in range(height):
        for j in range(width):
            result[i, j] = max(
                values[m, n] for m in window(i, size, height) for n in window(j, size, width)
            )
    return result


def reference(chance, truth, weight, thickness, tolerance):
    """Equation by equation, for one image."""
    drawn, true = (pool(1 - y, thickness) - (1 - y) for y in (chance, truth))
    near_drawn, near_true = pool(drawn, tolerance), pool(true, tolerance)
    precision = (1 + (weight * drawn * near_true).sum()) / (1 + (weight * drawn).sum())
    recall = (1 + (weight * true * near_drawn).sum()) / (1 + (weight * true).sum())
    return 1 - 2 * precision * recall / (precision + recall)


@pytest.mark.parametrize(('thickness', 'tolerance'), [(3, 5), (5, 3)])
@pytest.mark.parametrize('weighted', [False, True])
def test_equals_loops(thickness, tolerance, weighted):
    masks = smooth_masks()
    logits, weight = random_logits(masks), torch.rand(masks.shape)
    weights = weight.numpy() if weighted else np.ones(masks.shape)
    expected = [
        reference(*each, thickness, tolerance)
        for each in zip(probability(logits), masks.numpy(), weights, strict=True)
    ]
    loss = BoundaryF1Loss(thickness=thickness, tolerance=tolerance)
    value = loss(logits, masks, weight if weighted else None)
    assert value.item() == pytest.approx(np.mean(expected), rel=1e-5)


@pytest.mark.parametrize(('shift', 'close'), [(0, 6), (1, 6), (2, 6), (3, 0), (5, 0)])
def test_by_hand(shift, close):
    """The boundary of a half plane of 6 rows, drawn some columns off: 6 pixels, close or not."""
    masks = torch.zeros(1, 6, 20).long()
    masks[:, :, 10:] = 1
    logits = torch.zeros(1, 2, 6, 20)
    logits[:, 1, :, : 10 - shift] = -90.0
    logits[:, 1, :, 10 - shift :] = 90.0
    expected = 1 - (1 + close) / (1 + 6)
    assert BoundaryF1Loss()(logits, masks).item() == pytest.approx(expected, abs=1e-6)


def test_a_map_without_a_boundary_misses_all():
    masks = torch.zeros(1, 6, 20).long()
    masks[:, :, 10:] = 1
    precision, recall = 1.0, 1 / 7
    expected = 1 - 2 * precision * recall / (precision + recall)
    value = BoundaryF1Loss()(torch.zeros(1, 2, 6, 20), masks)
    assert value.item() == pytest.approx(expected)
