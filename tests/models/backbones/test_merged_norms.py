"""A trunk whose frozen BN are merged into its convolutions trains as one whose BN are layers."""

import copy

import pytest
import torch
from helpers import build
from torch import nn

UNDILATED = dict(strides=(1, 2, 2, 2), dilations=(1, 1, 1, 1), norm_eval=True)
TRUNKS = {
    'basic blocks': dict(type='ResNet', depth=18, **UNDILATED),
    'bottlenecks': dict(type='ResNet', depth=50, **UNDILATED),
    'deep stem, pooled shortcuts': dict(type='ResNetV1d', depth=18, **UNDILATED),
    'frozen first layers': dict(type='ResNet', depth=18, frozen_stages=1, **UNDILATED),
    'checkpointed': dict(type='ResNet', depth=18, with_cp=True, **UNDILATED),
    'blocks of ConvModule': dict(type='MobileNetV2', widen_factor=0.25, norm_eval=True),
    'pre-activation': dict(type='PreActResNet', base_channels=8),
    'statistics of the batch': dict(
        type='ResNet', depth=18, norm_cfg=dict(type='BN', track_running_stats=False), **UNDILATED
    ),
}


def with_and_without_merging(trunk):
    """Build a backbone with random statistics, and its copy whose BN stay layers; in training."""
    merged = build(dict(type='StagewiseBackbone', master=trunk)).double()
    for module in merged.modules():
        if isinstance(module, nn.BatchNorm2d):
            for numbers in (*module.parameters(), *module.buffers()):
                if numbers.ndim:
                    nn.init.uniform_(numbers, 0.5, 1.5)
    plain = copy.deepcopy(merged)
    plain.merge_norms = False
    return merged.train(), plain.train()


def step(backbone, image):
    """Compute output and gradients, and count the bytes that are kept for the gradients."""
    kept = {}

    def pack(tensor):
        kept[tensor.data_ptr()] = tensor.numel() * tensor.element_size()
        return tensor

    image = image.clone().requires_grad_()
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        (output,) = backbone(image)
    output.square().mean().backward()
    gradients = {name: p.grad for name, p in backbone.named_parameters() if p.grad is not None}
    parameters = {p.data_ptr() for p in backbone.parameters()}
    return output, image.grad, gradients, sum(n for p, n in kept.items() if p not in parameters)


def tensors(step):
    output, image_gradient, gradients, _ = step
    return [output, image_gradient, *gradients.values()]


def merged_modules(module):
    return [child for child in module.modules() if 'forward' in vars(child)]


@pytest.mark.parametrize('name', TRUNKS)
def test_output_and_gradients_are_those_of_the_layers(name):
    merged, plain = with_and_without_merging(TRUNKS[name])
    image = torch.randn(2, 3, 65, 65, dtype=torch.float64)
    found, expected = step(merged, image), step(plain, image)
    assert found[2].keys() == expected[2].keys()
    for one, other in zip(tensors(found), tensors(expected)):
        assert (one - other).abs().max() <= 1e-9 * other.abs().max()
    assert bool(merged_modules(merged)) == (name != 'statistics of the batch')
    assert merged.state_dict().keys() == plain.state_dict().keys()


def test_keeps_much_less_for_the_gradients():
    merged, plain = with_and_without_merging(TRUNKS['bottlenecks'])
    for backbone in (merged, plain):
        backbone.requires_grad_(True)
    image = torch.randn(4, 3, 193, 193, dtype=torch.float64)
    assert step(merged, image)[-1] < 0.85 * step(plain, image)[-1]


def test_bn_that_learns_its_statistics_stays_a_layer():
    trunk = dict(TRUNKS['basic blocks'], norm_eval=False)
    merged, _ = with_and_without_merging(trunk)
    assert not merged_modules(merged)


def test_bn_that_is_thawed_past_the_backbone():
    merged, plain = with_and_without_merging(TRUNKS['basic blocks'])
    for module in (*merged.modules(), *plain.modules()):
        if isinstance(module, nn.BatchNorm2d):
            module.train()
    image = torch.randn(2, 3, 65, 65, dtype=torch.float64)
    for one, other in zip(tensors(step(merged, image)), tensors(step(plain, image))):
        assert (one - other).abs().max() <= 1e-9 * other.abs().max()


def test_follows_the_training_mode_and_copies():
    merged, _ = with_and_without_merging(TRUNKS['basic blocks'])
    twin = copy.deepcopy(merged)
    with torch.no_grad():
        for parameter in merged.parameters():
            parameter.zero_()
    image = torch.randn(1, 3, 65, 65, dtype=torch.float64)
    assert twin(image)[0].abs().max() > 0
    assert merged_modules(twin)
    assert not merged_modules(twin.eval())
