import pytest
import torch
from helpers import build, count_parameters, model_config

RESNET50 = dict(type='ResNet', depth=50, strides=(1, 2, 2, 2), dilations=(1, 1, 1, 1))
FRIENDS = {
    'ResNetV1c': dict(type='ResNetV1c', depth=18, strides=(1, 2, 2, 2), dilations=(1, 1, 1, 1)),
    'MobileNetV2': dict(type='MobileNetV2', widen_factor=0.25, out_indices=(3, 4)),
    'SwinTransformer': dict(
        type='SwinTransformer',
        embed_dims=24,
        depths=(1, 1, 1, 1),
        num_heads=(1, 1, 2, 2),
        window_size=3,
        out_indices=(1, 2, 3),
    ),
}


def test_outputs_are_in_stage_order():
    backbone = build(model_config().backbone)
    shapes = [tuple(f.shape[1:]) for f in backbone(torch.randn(1, 3, 97, 97))]
    assert shapes == [(512, 4, 4), (256, 7, 7), (128, 13, 13)]


def test_trunks_are_the_toolbox_resnet50_with_and_without_layer4():
    backbone = build(model_config('srm_r50').backbone)
    without_layer4 = dict(RESNET50, num_stages=3, strides=(1, 2, 2), dilations=(1, 1, 1))
    without_layer4['out_indices'] = (2,)
    assert count_parameters(backbone.master) == count_parameters(build(RESNET50))
    assert count_parameters(backbone.refinement) == count_parameters(build(without_layer4))


def test_trunks_have_their_own_weights():
    backbone = build(model_config().backbone)
    own = {id(parameter) for parameter in backbone.master.parameters()}
    assert not own & {id(parameter) for parameter in backbone.refinement.parameters()}
    assert not torch.equal(backbone.master.conv1.weight, backbone.refinement.conv1.weight)


def test_no_refinement_trunk_is_the_feed_forward_baseline():
    backbone = build(model_config(stages=1).backbone)
    assert [f.shape[1] for f in backbone(torch.randn(1, 3, 65, 65))] == [512]


@pytest.mark.parametrize('name', FRIENDS)
def test_any_backbone_fits_in_either_place(name):
    backbone = build(dict(type='StagewiseBackbone', master=FRIENDS[name], refinement=FRIENDS[name]))
    image = torch.randn(2, 3, 65, 65)
    own = build(FRIENDS[name])(image)
    stages = backbone(image)
    assert stages[0].shape == own[-1].shape
    assert [s.shape for s in stages[1:]] == [o.shape for o in reversed(own)]


def test_each_trunk_loads_its_own_pretrained_weights(tmp_path):
    paths = {}
    for index, name in enumerate(('master', 'refinement')):
        weights = build(model_config().backbone[name], seed=index + 7).state_dict()
        paths[name] = str(tmp_path / f'{name}.pth')
        torch.save(dict(state_dict=weights), paths[name])
    config = model_config().backbone
    for name, path in paths.items():
        config[name].init_cfg = dict(type='Pretrained', checkpoint=path)
    backbone = build(config)
    for name, path in paths.items():
        loaded = torch.load(path)['state_dict']
        assert loaded
        for key, value in getattr(backbone, name).state_dict().items():
            assert torch.equal(value, loaded[key]), (name, key)
