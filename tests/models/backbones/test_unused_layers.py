"""Taps chosen by stride: trunks are cut to what these need."""

import pytest
import torch
from helpers import build, count_parameters
from mmseg.registry import MODELS
from torch import nn

from srm_mmseg.models.backbones.unused_layers import LeftOut, unused_parameters

SWIN = dict(
    type='SwinTransformer', embed_dims=8, depths=(1, 2, 1, 1), num_heads=(1, 1, 2, 2), window_size=3
)
MIT = dict(
    type='MixVisionTransformer', embed_dims=8, num_layers=[1, 2, 1, 1], num_heads=[1, 2, 2, 4]
)
RESNET = dict(
    type='ResNet', depth=18, stem_channels=8, base_channels=8, strides=(1, 2, 2, 2),
    dilations=(1, 1, 1, 1),
)  # fmt: skip
MOBILE = dict(type='MobileNetV2', widen_factor=0.25, out_indices=(0, 1, 2, 3, 4, 5, 6))
SHORT = {  # what each is without the layers past stride 16, built by its own arguments
    'ResNet': dict(RESNET, num_stages=3, strides=(1, 2, 2), dilations=(1, 1, 1), out_indices=(1, 2)),
    'SwinTransformer': dict(
        SWIN, depths=(1, 2, 1), num_heads=(1, 1, 2), strides=(4, 2, 2), out_indices=(1, 2)
    ),
    'MixVisionTransformer': dict(
        MIT, num_stages=3, num_layers=[1, 2, 1], num_heads=[1, 2, 2], patch_sizes=[7, 3, 3],
        strides=[4, 2, 2], sr_ratios=[8, 4, 2], out_indices=(1, 2),
    ),
}  # fmt: skip
TRUNKS = {one['type']: one for one in (RESNET, SWIN, MIT, MOBILE)}


def backbone(trunk, refinement=None, strides=(32, 16, 8)):
    config = dict(type='StagewiseBackbone', master=trunk, refinement=refinement or trunk)
    return build(dict(config, strides=strides))


def without_gradient(model, image):
    sum(stage.sum() for stage in model(image)).backward()
    return [
        name for name, one in model.named_parameters() if one.requires_grad and one.grad is None
    ]


@pytest.mark.parametrize('name', TRUNKS)
@pytest.mark.parametrize('shared', [False, True], ids=['own', 'shared'])
def test_stages_have_their_strides_and_every_parameter_a_gradient(name, shared):
    model = backbone(TRUNKS[name], 'master' if shared else None)
    image = torch.randn(1, 3, 96, 96)
    assert [96 // stage.shape[3] for stage in model(image)] == [32, 16, 8]
    assert model.stage_channels() == tuple(stage.shape[1] for stage in model(image))
    assert not without_gradient(model.train(), image)


@pytest.mark.parametrize('name', SHORT)
def test_the_refinement_trunk_is_the_one_that_its_own_arguments_cut(name):
    model, short = backbone(TRUNKS[name]), build(SHORT[name])
    weights = model.refinement.state_dict()
    short.load_state_dict(weights)  # strict: the same names
    short.eval()
    image = torch.randn(1, 3, 65, 97)
    with torch.no_grad():
        stages, expected = model.eval()(image)[1:], short(image)
    for one, other in zip(stages, reversed(expected), strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize('name', TRUNKS)
def test_the_master_trunk_has_all_but_the_norms_of_outputs_that_are_not_taken(name):
    master, whole = backbone(TRUNKS[name]).master, build(TRUNKS[name])
    left_out = set(whole.state_dict()) - set(master.state_dict())
    norms = {f'norm{index}.{kind}' for index in (0, 1, 2) for kind in ('weight', 'bias')}
    assert left_out == (norms if name == 'SwinTransformer' else set())


def test_the_last_output_of_a_stride_is_taken():
    model = backbone(MOBILE).eval()
    image = torch.randn(1, 3, 64, 64)
    whole = build(MOBILE)
    whole.eval()
    whole.load_state_dict(model.master.state_dict())
    with torch.no_grad():
        torch.testing.assert_close(model(image)[0], whole(image)[6])
    assert model.stage_channels() == (80, 24, 8)  # 320, 96, 32 by a quarter
    assert count_parameters(model.refinement) < count_parameters(model.master) / 2


def test_cutting_draws_no_random_numbers_and_leaves_no_gradient():
    torch.manual_seed(1)
    model = MODELS.build(dict(type='StagewiseBackbone', master=RESNET, strides=(32,)))
    after = torch.rand(1)
    torch.manual_seed(1)
    MODELS.build(RESNET)
    assert torch.equal(after, torch.rand(1))
    assert all(one.grad is None and one.requires_grad for one in model.parameters())


def test_a_frozen_stem_is_used():
    model = backbone(dict(RESNET, frozen_stages=1))
    names = [name for name, one in model.named_parameters() if not one.requires_grad]
    assert names and all('.conv1' in name or 'bn1' in name or 'layer1' in name for name in names)
    assert isinstance(model.refinement.layer4, LeftOut)


@MODELS.register_module()
class CountsItsLayersOfTests(nn.Module):
    """A trunk that does not run without a layer."""

    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(3, 3, 3, 2, 1) for _ in range(4))

    def forward(self, image):
        outputs = [image]
        for index in range(4):
            outputs.append(self.convs[index](outputs[-1]))
        return outputs


def test_a_trunk_that_needs_its_layers_keeps_them_without_a_gradient():
    model = backbone(dict(type='CountsItsLayersOfTests'), strides=(16, 8, 4))
    assert len(model.refinement.convs) == 4
    frozen = [name for name, one in model.named_parameters() if not one.requires_grad]
    assert frozen == ['refinement.convs.3.weight', 'refinement.convs.3.bias']
    assert not without_gradient(model, torch.randn(1, 3, 32, 32))


def test_unused_parameters_are_those_past_the_taps():
    trunk = build(dict(type='CountsItsLayersOfTests'))
    found = unused_parameters(trunk, lambda one: [one(torch.zeros(1, 3, 32, 32))[2]])
    assert found == {f'convs.{index}.{kind}' for index in (2, 3) for kind in ('weight', 'bias')}
    assert all(one.grad is None for one in trunk.parameters())


def test_a_stride_that_a_trunk_has_not():
    with pytest.raises(ValueError, match=r'refinement .*stride 64.*strides 4, 8, 16, 32\. Set'):
        backbone(RESNET, strides=(32, 64))


@pytest.mark.parametrize('strides', [(), (32,)])
def test_fewer_strides_than_trunks(strides):
    with pytest.raises(ValueError, match='backbone.strides to have one for each stage'):
        backbone(RESNET, strides=strides)


def test_more_strides_than_trunks():
    with pytest.raises(ValueError, match=r'got \(32, 16\) and no refinement trunk'):
        build(dict(type='StagewiseBackbone', master=RESNET, strides=(32, 16)))
