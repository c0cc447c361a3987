import warnings

import pytest
import torch
import torch.nn.functional as F
from helpers import build, model_config, random_masks, samples
from torch import nn

from srm_mmseg.models.losses.aux_stage_loss import AuxStageLoss, term_suffixes

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


def test_several_losses_have_a_term_each():
    masks, logits = random_masks(2, 25), stage_logits()
    kinds = [
        dict(type='SaliencyCrossEntropy'),
        dict(type='SaliencyIoU', loss_weight=0.5),
        dict(type='DiceLoss'),
    ]
    terms = build(dict(type='AuxStageLoss', loss=kinds, stage_weights=(0.5, 1.0, 1.0)))(
        logits, masks
    )
    names = ['ce', 'iou', 'dice']
    assert list(terms) == [f'loss_s{stage}_{name}' for stage in (1, 2, 3) for name in names]
    for kind, name in zip(kinds, names):
        alone = build(dict(type='AuxStageLoss', loss=kind, stage_weights=(0.5, 1.0, 1.0)))
        for stage, expected in enumerate(alone(logits, masks).values(), start=1):
            torch.testing.assert_close(terms[f'loss_s{stage}_{name}'], expected)


def test_the_terms_add_up_to_the_total():
    config = model_config()
    config.decode_head.loss_decode.loss = [
        dict(type='SaliencyCrossEntropy'),
        dict(type='SaliencyIoU'),
    ]
    model = build(config)
    losses = model.loss(torch.randn(2, 3, 65, 65), samples(random_masks(2, 65)))
    total, logged = model.parse_losses(losses)
    terms = [value for name, value in logged.items() if name.startswith('decode.loss_s')]
    assert len(terms) == 6
    torch.testing.assert_close(sum(terms), total)
    total.backward()


@pytest.mark.parametrize('kinds', [[], ()])
def test_no_loss(kinds):
    with pytest.raises(ValueError, match='at least one loss.*loss_decode.loss'):
        build(dict(type='AuxStageLoss', loss=kinds))


def test_two_losses_of_one_name():
    focal = dict(type='FocalLoss')
    with pytest.raises(ValueError, match="got .'loss_focal', 'loss_focal'.*loss_name"):
        build(dict(type='AuxStageLoss', loss=[focal, focal]))
    loss = build(dict(type='AuxStageLoss', loss=[focal, dict(focal, loss_name='loss_focal2')]))
    assert loss.suffixes == ['_focal', '_focal2']


def test_a_loss_without_a_name_is_named_after_its_class():
    assert term_suffixes([nn.L1Loss(), nn.MSELoss()]) == ['_L1Loss', '_MSELoss']


def test_an_average_that_was_chosen_gives_no_warning():
    chosen = dict(type='CrossEntropyLoss', avg_non_ignore=False)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        loss = build(dict(type='AuxStageLoss', loss=[chosen, dict(type='SaliencyIoU')]))
    masks, logits = random_masks(2, 25), stage_logits()
    masks[:, :5] = 255
    resized = F.interpolate(logits[0], (25, 25), mode='bilinear', align_corners=True)
    expected = F.cross_entropy(resized, masks, ignore_index=255, reduction='sum') / masks.numel()
    torch.testing.assert_close(loss(logits, masks)['loss_s1_ce'], expected)


def test_an_average_that_was_not_chosen_is_still_warned_of():
    with pytest.warns(UserWarning, match='set ``avg_non_ignore=True``'):
        build(dict(type='AuxStageLoss', loss=dict(type='CrossEntropyLoss')))


@pytest.mark.parametrize('weight', [-1.0, float('nan'), float('inf'), '1', None])
def test_weights_that_cannot_be_meant(weight):
    with pytest.raises(ValueError, match='stage_weights to be numbers of 0 or more, but got'):
        AuxStageLoss(stage_weights=(1.0, weight))
    with pytest.raises(ValueError, match='loss_weight of SaliencyIoU to be numbers of 0 or more'):
        AuxStageLoss(dict(type='SaliencyIoU', loss_weight=weight))


@pytest.mark.parametrize('loss', ['SaliencyIoU', ['SaliencyIoU'], [None], None, 3])
def test_a_loss_that_is_no_config(loss):
    with pytest.raises(ValueError, match='loss_decode.loss to be the config of a loss'):
        AuxStageLoss(loss)
