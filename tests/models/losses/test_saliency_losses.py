"""What all losses of a map and its mask keep to."""

import pytest
import torch
from helpers import NoSynchronisation, build
from mask_batches import random_logits, smooth_masks

NAMES = ('StructureLoss', 'SaliencySSIM', 'BoundaryF1Loss', 'ContourLoss')
ALL = (*NAMES, 'SaliencyCrossEntropy', 'SaliencyIoU')
SHORT = ('structure', 'ssim', 'boundary', 'contour', 'ce', 'iou')


@pytest.mark.parametrize('name', ALL)
def test_ignored_pixels_take_no_part(name):
    """An ignored frame gives what the image without it gives: values and gradients."""
    loss, masks = build(dict(type=name)), smooth_masks()
    masks[:, 8:15, :8] = 1  # an object that the edge cuts off
    logits = random_logits(masks).requires_grad_()
    framed = torch.full((2, 40, 30), 255)
    framed[:, 6:29, 5:24] = masks
    padded = 9 * torch.randn(2, 2, 40, 30, generator=torch.Generator().manual_seed(1))
    padded[:, :, 6:29, 5:24] = logits.detach()
    padded.requires_grad_()
    expected, value = loss(logits, masks), loss(padded, framed)
    torch.testing.assert_close(value, expected)
    (expected_gradient,) = torch.autograd.grad(expected, logits)
    (gradient,) = torch.autograd.grad(value, padded)
    assert expected_gradient.abs().sum() > 0
    torch.testing.assert_close(gradient[:, :, 6:29, 5:24], expected_gradient, atol=1e-7, rtol=1e-4)
    gradient[:, :, 6:29, 5:24] = 0
    assert not gradient.any()


@pytest.mark.parametrize('name', ALL)
def test_another_ignore_index(name):
    loss, masks = build(dict(type=name)), smooth_masks()
    logits = random_logits(masks)
    masks[:, 3:9, 4:12] = 255
    expected = loss(logits, masks)
    masks[masks == 255] = 7
    assert torch.equal(loss(logits, masks, ignore_index=7), expected)


@pytest.mark.parametrize('name', [name for name in ALL if name != 'SaliencyIoU'])
@pytest.mark.parametrize('weight', [None, torch.ones(2, 23, 19)])
def test_nothing_to_learn_from(name, weight):
    masks = smooth_masks()
    logits = random_logits(masks).requires_grad_()
    value = build(dict(type=name))(logits, torch.full_like(masks, 255), weight=weight)
    value.backward()
    assert value == 0 and not logits.grad.any()


@pytest.mark.parametrize('name', NAMES)
def test_an_ignored_image_of_a_batch_counts_as_0(name):
    loss, masks = build(dict(type=name)), smooth_masks()
    logits = random_logits(masks)
    half = loss(logits[:1], masks[:1]) / 2
    masks[1] = 255
    torch.testing.assert_close(loss(logits, masks), half)


@pytest.mark.parametrize('name', NAMES)
def test_images_do_not_change_one_another(name):
    loss, masks = build(dict(type=name)), smooth_masks(batch=3)
    logits = random_logits(masks)
    masks[0, :8] = 255
    each = [loss(logits[i : i + 1], masks[i : i + 1]) for i in range(3)]
    torch.testing.assert_close(loss(logits, masks), sum(each) / 3)


@pytest.mark.parametrize('name', ALL)
@pytest.mark.parametrize('content', [0, 1])
@pytest.mark.parametrize('sure', [-60.0, 0.0, 60.0])
def test_masks_and_maps_of_one_kind_are_defined(name, content, sure):
    logits = torch.zeros(1, 2, 13, 11)
    logits[:, 1] = sure
    logits.requires_grad_()
    masks = torch.full((1, 13, 11), content)
    value = build(dict(type=name))(logits, masks)
    value.backward()
    assert value.isfinite() and logits.grad.isfinite().all()
    if (sure > 0) == content and sure and (name != 'SaliencyIoU' or content):
        assert value < 1e-5


@pytest.mark.parametrize('name', NAMES)
def test_an_image_without_a_foreground_teaches_an_empty_map(name):
    logits = 0.1 * torch.randn(1, 2, 13, 11, generator=torch.Generator().manual_seed(0)) - 1
    logits.requires_grad_()
    loss, masks = build(dict(type=name)), torch.zeros(1, 13, 11).long()
    (gradient,) = torch.autograd.grad(loss(logits, masks), logits)
    stepped = logits - 1e-3 * gradient / gradient.abs().max()
    assert loss(stepped, masks) < loss(logits, masks)


@pytest.mark.parametrize('name', ALL)
def test_weight_of_the_loss_and_name(name):
    masks = smooth_masks()
    logits = random_logits(masks)
    loss = build(dict(type=name))
    doubled = build(dict(type=name, loss_weight=2.0, loss_name='loss_x'))
    torch.testing.assert_close(doubled(logits, masks), 2 * loss(logits, masks))
    assert loss.loss_name == f'loss_{SHORT[ALL.index(name)]}' and doubled.loss_name == 'loss_x'


@pytest.mark.parametrize('name', ALL)
@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_halves_are_computed_as_float32(name, dtype):
    loss, masks = build(dict(type=name)), smooth_masks()
    logits = random_logits(masks).to(dtype)
    with torch.autocast('cpu', torch.bfloat16):
        value = loss(logits, masks)
    assert value.dtype == torch.float32
    torch.testing.assert_close(value, loss(logits.float(), masks), atol=0, rtol=0)


@pytest.mark.parametrize('name', ALL)
@pytest.mark.parametrize('weighted', [False, True])
def test_gradients_against_finite_differences(name, weighted):
    masks = smooth_masks(height=7, width=8, seed=3)
    logits = random_logits(masks, dtype=torch.float64).requires_grad_()
    weight = torch.rand(2, 7, 8, dtype=torch.float64) if weighted else None
    masks[0, :2] = 255
    loss = build(dict(type=name))
    assert loss(logits, masks, weight).dtype == torch.float64
    assert torch.autograd.gradcheck(lambda each: loss(each, masks, weight), logits)


@pytest.mark.parametrize('name', ALL)
def test_the_host_never_waits(name):
    loss, masks = build(dict(type=name)), smooth_masks()
    logits = random_logits(masks).requires_grad_()
    with NoSynchronisation():
        loss(logits, masks, weight=torch.ones(2, 23, 19)).backward()
    assert logits.grad.any()


@pytest.mark.parametrize('name', ALL)
def test_other_channels(name):
    with pytest.raises(ValueError, match='2 channels, but got 1.*num_classes=2'):
        build(dict(type=name))(torch.zeros(1, 1, 4, 4), torch.zeros(1, 4, 4))


@pytest.mark.parametrize(
    ('name', 'setting'),
    [
        ('StructureLoss', 'window'),
        ('SaliencySSIM', 'window'),
        ('BoundaryF1Loss', 'thickness'),
        ('BoundaryF1Loss', 'tolerance'),
        ('ContourLoss', 'window'),
    ],
)
def test_a_window_has_a_middle(name, setting):
    for size in (0, 4):
        with pytest.raises(ValueError, match=f'{setting} to be an odd number of pixels.*{size}'):
            build(dict(type=name, **{setting: size}))


def test_all_of_them_at_each_stage():
    loss = build(
        dict(type='AuxStageLoss', loss=[dict(type=name) for name in ALL], stage_weights=(1.0, 1.0))
    )
    masks = smooth_masks()
    terms = loss([torch.randn(2, 2, 5, 6), torch.randn(2, 2, 9, 8)], masks)
    assert list(terms) == [f'loss_s{stage}_{name}' for stage in (1, 2) for name in SHORT]
    assert all(term.isfinite() for term in terms.values())
