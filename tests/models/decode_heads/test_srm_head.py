import pytest
import torch
import torch.nn.functional as F
from helpers import build, count_parameters, random_masks, samples

SMALL = dict(type='SRMHead', in_channels=(8, 6, 6), channels=5)


def inputs(count=3):
    shapes = [(8, 4), (6, 7), (6, 13), (6, 25)][:count]
    return [torch.randn(2, channels, size, size) for channels, size in shapes]


def test_matches_the_paper_written_out():
    head = build(SMALL)
    c5, f2, f3 = inputs()
    s1, s2, s3 = head([c5, f2, f3])
    conv6 = F.conv2d(c5, head.conv6.weight, padding=1)
    expected = F.conv2d(conv6, head.conv_seg.weight, head.conv_seg.bias, padding=1)
    torch.testing.assert_close(s1, expected)
    for refine, features, stage in zip(head.refinements, (f2, f3), (s2, s3)):
        coarse = F.interpolate(expected, features.shape[2:], mode='bilinear', align_corners=True)
        joined = torch.cat([coarse, features], 1)
        middle = F.conv2d(joined, refine.conv1.weight, padding=1)
        expected = F.conv2d(middle, refine.conv2.weight, padding=1)
        torch.testing.assert_close(stage, expected)


@pytest.mark.parametrize('stages', [1, 2, 3, 4])
def test_number_of_stages_is_the_number_of_inputs(stages):
    head = build(dict(SMALL, in_channels=(8, 6, 6, 6)[:stages]))
    assert [tuple(s.shape[1:]) for s in head(inputs(stages))] == [
        (2, 4, 4),
        (2, 7, 7),
        (2, 13, 13),
        (2, 25, 25),
    ][:stages]


def test_stages_do_not_depend_on_later_features():
    head = build(SMALL)
    c5, f2, f3 = inputs()
    before, after = head([c5, f2, f3]), head([c5, f2, f3 + 1])
    assert torch.equal(before[0], after[0]) and torch.equal(before[1], after[1])
    assert not torch.equal(before[2], after[2])


def test_conv7_takes_the_place_of_conv_seg():
    paper = dict(type='SRMHead', in_channels=(2048, 64, 64))
    head, released = build(paper), build(dict(paper, conv7_kernel=1))
    assert head.conv_seg.kernel_size == (3, 3) and released.conv_seg.kernel_size == (1, 1)
    assert count_parameters(head) - count_parameters(released) == 4096
    assert head.dropout is None


def test_only_conv7_has_a_bias():
    biases = [name for name, _ in build(SMALL).named_parameters() if name.endswith('bias')]
    assert biases == ['conv_seg.bias']


@pytest.mark.parametrize('stage', [0, 1, 2, -1])
def test_predict_picks_a_stage(stage):
    head = build(SMALL)
    features = inputs()
    metas = [dict(img_shape=(97, 97))] * 2
    chosen = F.interpolate(head(features)[stage], (97, 97), mode='bilinear', align_corners=True)
    torch.testing.assert_close(head.predict(features, metas, dict(stage=stage)), chosen)


def test_predict_defaults_to_the_last_stage():
    head = build(SMALL)
    features, metas = inputs(), [dict(img_shape=(33, 33))] * 2
    last = head.predict(features, metas, dict(stage=2))
    assert torch.equal(head.predict(features, metas, dict()), last)


@pytest.mark.parametrize('stage', [3, -4])
def test_predict_refuses_a_stage_that_is_not_there(stage):
    with pytest.raises(ValueError, match=f'T = 3 stages, -3 to 2, but got {stage}'):
        build(SMALL).predict(inputs(), [dict(img_shape=(33, 33))] * 2, dict(stage=stage))


def test_loss_has_one_term_a_stage_and_the_last_stages_accuracy():
    head = build(SMALL)
    stages = head(inputs())
    masks = random_masks(2, 33)
    losses = head.loss_by_feat(stages, samples(masks))
    assert set(losses) == {'loss_s1', 'loss_s2', 'loss_s3', 'acc_seg'}
    final = F.interpolate(stages[-1], (33, 33), mode='bilinear', align_corners=True)
    right = (final.argmax(1) == masks).float().mean() * 100
    assert losses['acc_seg'].item() == pytest.approx(right.item(), abs=1e-4)


def test_refuses_another_loss():
    with pytest.raises(TypeError, match='AuxStageLoss, but got.*Wrap it'):
        build(dict(SMALL, loss_decode=dict(type='CrossEntropyLoss')))


def test_wrong_number_of_features():
    with pytest.raises(ValueError, match='T = 3 feature maps.*got 2'):
        build(SMALL)(inputs(2))


def test_refuses_weights_of_another_number_of_stages():
    weights = build(dict(SMALL, in_channels=(8, 6))).state_dict()
    with pytest.raises(ValueError, match='T = 3 stages, but got T = 2.*neck.in_channels'):
        build(SMALL).load_state_dict(weights, strict=False)


def test_loads_its_own_weights():
    source, target = build(SMALL, seed=1), build(SMALL, seed=2)
    target.load_state_dict(source.state_dict())
    features = inputs()
    assert all(torch.equal(a, b) for a, b in zip(source(features), target(features)))
