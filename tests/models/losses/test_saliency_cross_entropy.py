import pytest
import torch
from helpers import NoSynchronisation, build, model_config, samples
from mmseg.models.losses import CrossEntropyLoss
from mmseg.registry import MODELS

from srm_mmseg.models.losses.saliency_cross_entropy import SaliencyCrossEntropy


def batch(ignored=0):
    generator = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(2, 2, 9, 11, generator=generator)
    label = torch.randint(0, 2, (2, 9, 11), generator=generator)
    label[:, :ignored] = 255
    return logits.requires_grad_(), label


@pytest.mark.parametrize('ignored', [0, 4])
@pytest.mark.parametrize('weighted', [False, True])
def test_equals_the_toolbox_loss(ignored, weighted):
    results = []
    for loss in (SaliencyCrossEntropy(), CrossEntropyLoss(avg_non_ignore=True)):
        logits, label = batch(ignored)
        weight = torch.linspace(0, 2, label.numel()).view(label.shape) if weighted else None
        value = loss(logits, label, weight=weight, ignore_index=255)
        value.backward()
        results.append((value.detach(), logits.grad))
    for ours, theirs in zip(*results):
        torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-5)


def test_nothing_to_learn_from():
    logits, label = batch(ignored=9)
    assert SaliencyCrossEntropy()(logits, label) == 0


def test_other_channels():
    with pytest.raises(ValueError, match='2 channels, but got 3'):
        SaliencyCrossEntropy()(torch.zeros(1, 3, 4, 4), torch.zeros(1, 4, 4).long())


def test_the_loss_path_never_waits():
    model = build(model_config()).train()
    inputs = torch.randn(1, 3, 65, 65)
    mask = torch.randint(0, 2, (1, 65, 65))
    features = model.extract_feat(inputs)
    with NoSynchronisation():
        logits = model.decode_head(features)
        losses = model.decode_head.loss_by_feat(logits, samples(mask))
        sum(value for key, value in losses.items() if 'loss' in key).backward()
    assert set(losses) == {'loss_s1', 'loss_s2', 'loss_s3', 'acc_seg'}
    stock = MODELS.build(dict(type='CrossEntropyLoss', avg_non_ignore=True))
    with pytest.raises(AssertionError, match='_local_scalar_dense'), NoSynchronisation():
        stock(logits[0].detach(), mask[:, :3, :3], ignore_index=255)
