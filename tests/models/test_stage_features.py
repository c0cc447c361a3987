"""Trunks of other makers: what they give is taken as it is meant, or refused by name."""

import pytest
import torch
from helpers import build, model_config
from mmseg.registry import MODELS
from torch import nn

FOUR_IMAGES = torch.randn(4, 3, 65, 65)


@MODELS.register_module()
class TrunkOfTests(nn.Module):
    """Gives three maps of falling size, in a shape of the caller's choice."""

    def __init__(self, shape):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(3, 4 * n, 1, stride=8 * n) for n in (1, 2, 3))
        self.shape = shape

    def forward(self, image):
        return self.shape([conv(image) for conv in self.convs])


def trunk(shape):
    return dict(type='TrunkOfTests', shape=shape)


def backbone(master, refinement=None):
    return build(dict(type='StagewiseBackbone', master=master, refinement=refinement))


def test_bare_tensors_are_one_output_of_all_images():
    mobile = dict(type='MobileNetV2', widen_factor=0.25)
    net = backbone(dict(mobile, out_indices=(6,)), dict(mobile, out_indices=(4,))).eval()
    shapes = [tuple(f.shape[:2]) for f in net(FOUR_IMAGES)]
    assert shapes == [(4, 80), (4, 24)]
    expected = net.master(FOUR_IMAGES)
    assert isinstance(expected, torch.Tensor)
    torch.testing.assert_close(net(FOUR_IMAGES)[0], expected)


@pytest.mark.parametrize('shape', [tuple, list], ids=['tuple', 'list'])
def test_series_are_in_stage_order(shape):
    stages = backbone(trunk(shape), trunk(shape))(FOUR_IMAGES)
    assert [tuple(stage.shape[:2]) for stage in stages] == [(4, 12), (4, 12), (4, 8), (4, 4)]


WRONG = {
    'dict': (lambda maps: dict(zip('abc', maps)), r'a dict of a, b, c'),
    'nested': (
        lambda maps: (maps[0], (maps[1], maps[2])),
        r'a tuple of a tensor of shape.*a tuple',
    ),
    'tokens': (lambda maps: maps[-1].flatten(2), r'a tensor of shape \(4, 12, 9\)'),
    'map and token': (lambda maps: [maps[0], maps[1].mean((2, 3))], r'a list of .*shape \(4, 8\)'),
    'nothing': (lambda maps: (), r'a tuple of nothing'),
    'none': (lambda maps: None, r'a NoneType'),
}


@pytest.mark.parametrize('name', WRONG)
@pytest.mark.parametrize('place', ['master', 'refinement'])
def test_other_outputs_are_refused(name, place):
    shape, described = WRONG[name]
    net = backbone(**{'master': trunk(tuple), place: trunk(shape)})
    with pytest.raises(TypeError, match=f'backbone.{place} .*but got {described}.*out_indices'):
        net(FOUR_IMAGES)


def test_deepest_first_is_refused():
    net = backbone(trunk(tuple), trunk(lambda maps: maps[::-1]))
    with pytest.raises(ValueError, match='deepest output last, but got maps of 3x3, 5x5, 9x9'):
        net(FOUR_IMAGES)


@pytest.mark.parametrize('mode', ['tensor', 'predict'])
def test_fewer_outputs_than_the_neck_expects(mode):
    config = model_config()
    config.backbone.refinement.out_indices = (2,)
    config.neck.in_channels = (512, 256, 128)
    message = (
        r'T = 3 feature maps.*neck.in_channels has 3.*got 2.*out_indices.*2 outputs and giving 1'
    )
    with pytest.raises(ValueError, match=message):
        build(config).eval()(torch.randn(2, 3, 65, 65), mode=mode)


@pytest.mark.parametrize(
    ('part', 'channels', 'message'),
    [
        ('neck', (512, 256, 64), r'output 2 of the backbone.*64 channels \(neck.in_channels\[2\]\).*128'),
        ('neck', (256, 256, 128), r'output 0 of the backbone.*256 channels.*neck.in_channels\[0\].*512'),
        ('neck', (512, 128, 256), r'neck.in_channels\[1\].*but got 256'),
        ('decode_head', (512, 64, 32), r'output 2 of the neck.*decode_head.in_channels\[2\].*got 64'),
        ('decode_head', (256, 64, 64), r'decode_head.in_channels\[0\].*but got 512'),
        ('decode_head', (512, 64), r'decode_head.in_channels has 2\), but got 3'),
    ],
)  # fmt: skip
def test_channels_that_do_not_fit(part, channels, message):
    config = model_config()
    config[part].in_channels = channels
    config.decode_head.loss_decode.stage_weights = (1.0,) * len(channels)
    with pytest.raises(ValueError, match=message):
        build(config).eval()(torch.randn(2, 3, 65, 65), mode='tensor')
