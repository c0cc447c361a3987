import pytest
import torch
import torch.nn.functional as F
from helpers import build, count_parameters

from srm_mmseg.models.necks.ppm_neck import pool

SMALL = dict(type='PPMNeck', in_channels=(8, 6, 4), pool_channels=5, mid_channels=7, out_channels=3)


def features(*sizes):
    generator = torch.Generator().manual_seed(0)
    return [
        torch.randn(2, channels, *size, generator=generator)
        for channels, size in zip((8, 6, 4), sizes)
    ]


def test_stage_1_passes_and_taps_keep_their_size():
    inputs = features((4, 4), (7, 9), (13, 17))
    outputs = build(SMALL)(inputs)
    assert outputs[0] is inputs[0]
    assert [tuple(o.shape) for o in outputs[1:]] == [(2, 3, 7, 9), (2, 3, 13, 17)]


def test_matches_the_paper_written_out():
    neck = build(SMALL)
    inputs = features((4, 4), (7, 7), (13, 13))
    stage, tap = neck.stages[0], inputs[1]
    parts = [tap]
    for bins, branch in zip((1, 2, 3, 6), stage.branches):
        cells = F.conv2d(F.adaptive_avg_pool2d(tap, bins), branch.conv.weight)
        parts.append(F.interpolate(cells, tap.shape[2:], mode='bilinear', align_corners=True))
    fused = F.conv2d(torch.cat(parts, 1), stage.fuse.conv.weight, padding=1)
    expected = F.relu(F.conv2d(fused, stage.project.conv.weight, padding=1))
    torch.testing.assert_close(neck(inputs)[1], expected)


def test_no_bias_and_the_release_has_no_norm():
    assert not [name for name, _ in build(SMALL).named_parameters() if name.endswith('bias')]


def test_paper_size():
    # 4 x 1x1 to 512, 3x3 to 256 and 3x3 to 64 at each of two taps: srm.md, no biases.
    stage2 = 4 * 1024 * 512 + 3072 * 256 * 9 + 256 * 64 * 9
    stage3 = 4 * 512 * 512 + 2560 * 256 * 9 + 256 * 64 * 9
    assert (
        count_parameters(build(dict(type='PPMNeck', in_channels=(2048, 1024, 512))))
        == stage2 + stage3
    )


def test_new_layers_start_as_caffes_msra_filler():
    weight = build(dict(type='PPMNeck', in_channels=(2048, 1024, 512))).stages[0].fuse.conv.weight
    assert weight.std().item() == pytest.approx((2 / (3072 * 9)) ** 0.5, rel=0.01)


def test_without_pyramid_pooling():
    neck = build(dict(SMALL, pool_scales=()))
    outputs = neck(features((4, 4), (7, 7), (13, 13)))
    assert [tuple(o.shape[1:]) for o in outputs] == [(8, 4, 4), (3, 7, 7), (3, 13, 13)]
    assert neck.stages[0].fuse.conv.in_channels == 6


@pytest.mark.parametrize('mode', ['adaptive', 'ceil'])
@pytest.mark.parametrize('size', [(1, 1), (2, 3), (9, 9), (23, 45)])
def test_any_size_in_either_pool_mode(mode, size):
    neck = build(dict(SMALL, pool_mode=mode))
    assert neck(features((1, 1), size, size))[2].shape[2:] == size


def test_ceil_pooling_is_caffes():
    tap = torch.arange(81.0).view(1, 1, 9, 9)
    cells = pool(tap, 6, 'ceil')
    assert cells.shape[2:] == (5, 5)  # windows of 2 pixels: 5 cells, not 6
    assert cells[0, 0, 0, 0] == tap[0, 0, :2, :2].mean()
    assert cells[0, 0, -1, -1] == tap[0, 0, 8:, 8:].mean()  # the clipped window
    assert pool(tap, 6, 'adaptive').shape[2:] == (6, 6)


def test_ceil_and_adaptive_differ_at_23_pixels():
    tap = torch.arange(23.0).view(1, 1, 1, 23).expand(1, 1, 23, 23)
    assert pool(tap, 2, 'ceil')[0, 0, 0].tolist() == [5.5, 17]  # [0, 12) and [12, 23)
    assert pool(tap, 2, 'adaptive')[0, 0, 0].tolist() == [5.5, 16.5]  # [0, 12) and [11, 23)


def test_norm_and_activation_are_arguments():
    neck = build(dict(SMALL, norm_cfg=dict(type='BN'), act_cfg=dict(type='PReLU')))
    stage = neck.stages[0]
    assert all(layer.with_norm for layer in (*stage.branches, stage.fuse, stage.project))
    assert isinstance(stage.fuse.activate, torch.nn.PReLU)
    assert isinstance(stage.project.activate, torch.nn.ReLU)
    neck(features((4, 4), (7, 7), (13, 13)))


def test_wrong_number_of_features():
    with pytest.raises(ValueError, match='T = 3 feature maps.*got 2.*neck.in_channels'):
        build(SMALL)(features((4, 4), (7, 7)))


def test_unknown_pool_mode():
    with pytest.raises(ValueError, match="'adaptive' or 'ceil', but got 'max'"):
        build(dict(SMALL, pool_mode='max'))
