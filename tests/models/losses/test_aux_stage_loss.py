import pytest
import torch
import torch.nn.functional as F
from helpers import build, random_masks

LOSSES = {
    'CrossEntropyLoss': dict(type='CrossEntropyLoss', avg_non_ignore=True),
    'DiceLoss': dict(type='DiceLoss'),
    'LovaszLoss': dict(type='LovaszLoss', reduction='none'),
}


def stage_logits():
    generator = torch.Generator().manual_seed(0)
    return [
        torch.randn(2, 2, size, size, generator=generator, requires_grad=True)
        for size in (4, 7, 13)
    ]


def test_equals_a_sum_written_by_hand():
    masks, logits, weights = random_masks(2, 25), stage_logits(), (0.5, 2.0, 1.0)
    loss = build(dict(type='AuxStageLoss', stage_weights=weights))
    terms = loss(logits, masks)
    assert list(terms) == ['loss_s1', 'loss_s2', 'loss_s3']
    for factor, stage, term in zip(weights, logits, terms.values()):
        resized = F.interpolate(stage, (25, 25), mode='bilinear', align_corners=True)
        probability = resized.softmax(1)
        right = torch.where(masks == 1, probability[:, 1], probability[:, 0])
        torch.testing.assert_close(term, -factor * right.log().mean())


@pytest.mark.parametrize('name', LOSSES)
def test_wraps_the_toolbox_losses(name):
    masks, logits = random_masks(2, 25), stage_logits()
    terms = build(dict(type='AuxStageLoss', loss=LOSSES[name]))(logits, masks)
    inner = build(LOSSES[name])
    for stage, term in zip(logits, terms.values()):
        resized = F.interpolate(stage, (25, 25), mode='bilinear', align_corners=True)
        torch.testing.assert_close(term, inner(resized, masks, ignore_index=255))
    sum(terms.values()).backward()
    assert all(stage.grad is not None and stage.grad.abs().sum() > 0 for stage in logits)


@pytest.mark.parametrize('ignored_rows', [0, 10])
def test_focal_loss(ignored_rows):
    masks, logits = random_masks(2, 25), stage_logits()
    masks[:, :ignored_rows] = 255
    terms = build(dict(type='AuxStageLoss', loss=dict(type='FocalLoss')))(logits, masks)
    resized = F.interpolate(logits[0], (25, 25), mode='bilinear', align_corners=True)
    one_hot = torch.stack([masks == 0, masks == 1], dim=1)
    right = torch.where(one_hot, resized.sigmoid(), 1 - resized.sigmoid())
    pixelwise = -0.5 * (1 - right) ** 2 * right.log() * (masks != 255)[:, None]
    torch.testing.assert_close(terms['loss_s1'], pixelwise.mean())
    sum(terms.values()).backward()
    assert all(stage.grad.abs().sum() > 0 for stage in logits)


def test_ignored_pixels_do_not_count():
    masks, logits = random_masks(2, 25), stage_logits()
    ignored = masks.clone()
    ignored[:, :10] = 255
    resized = F.interpolate(logits[2], (25, 25), mode='bilinear', align_corners=True)
    expected = F.cross_entropy(resized[:, :, 10:], masks[:, 10:])
    term = build(dict(type='AuxStageLoss'))(logits, ignored)['loss_s3']
    torch.testing.assert_close(term, expected)


def test_weight_of_each_pixel():
    masks, logits = random_masks(2, 25), stage_logits()
    loss = build(dict(type='AuxStageLoss'))
    doubled = loss(logits, masks, weight=torch.full((2, 25, 25), 2.0))
    torch.testing.assert_close(doubled['loss_s1'], 2 * loss(logits, masks)['loss_s1'])


def test_one_lambda_a_stage():
    loss = build(dict(type='AuxStageLoss', stage_weights=(1.0, 1.0)))
    with pytest.raises(ValueError, match='T = 3 stages, but got 2.*loss_decode.stage_weights'):
        loss(stage_logits(), random_masks(2, 25))
