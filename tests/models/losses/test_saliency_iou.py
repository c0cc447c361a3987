import pytest
import torch
from helpers import random_masks

from srm_mmseg.models.losses.saliency_iou import SaliencyIoU


def logits_of(probability):
    """Logits of two channels whose foreground has a probability."""
    return torch.stack([torch.zeros_like(probability), probability.logit()], dim=1)


def test_equals_a_sum_written_by_hand():
    probability = torch.rand(3, 7, 5, generator=torch.Generator().manual_seed(0))
    masks = random_masks(3, 7)[:, :, :5]
    ratios = []
    for p, y in zip(probability.double(), masks.double()):
        ratios.append((p * y).sum() / (p + y - p * y).sum())
    expected = 1 - sum(ratios) / 3
    loss = SaliencyIoU()(logits_of(probability), masks)
    torch.testing.assert_close(loss.double(), expected, atol=1e-6, rtol=1e-6)


def test_a_perfect_map_and_an_empty_one():
    masks = random_masks(1, 9)
    assert SaliencyIoU()(logits_of(masks.float().clamp(1e-6, 1 - 1e-6)), masks) < 1e-4
    assert SaliencyIoU()(logits_of(torch.full((1, 9, 9), 1e-6)), masks) > 0.999


def test_ignored_pixels_and_pixels_without_weight_do_not_count():
    probability = torch.rand(1, 6, 6, generator=torch.Generator().manual_seed(0))
    masks = random_masks(1, 6)
    part = SaliencyIoU()(logits_of(probability[:, :3]), masks[:, :3])
    ignored = masks.clone()
    ignored[:, 3:] = 255
    torch.testing.assert_close(SaliencyIoU()(logits_of(probability), ignored), part)
    weight = torch.ones(1, 6, 6)
    weight[:, 3:] = 0
    torch.testing.assert_close(SaliencyIoU()(logits_of(probability), masks, weight), part)


def test_an_image_without_a_foreground_teaches_nothing():
    logits = torch.zeros(1, 2, 4, 4, requires_grad=True)
    loss = SaliencyIoU(loss_weight=2.0)(logits, torch.zeros(1, 4, 4))
    loss.backward()
    assert loss == 2 and not logits.grad.any()


def test_other_channels():
    with pytest.raises(ValueError, match='2 channels, but got 3'):
        SaliencyIoU()(torch.zeros(1, 3, 4, 4), torch.zeros(1, 4, 4))
