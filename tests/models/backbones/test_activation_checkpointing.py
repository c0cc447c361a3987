"""Trunks that compute activations anew in the backward pass: with_cp, with frozen BN merged too."""

import pytest
import torch
from helpers import build, random_masks, samples
from trunk_configs import SMALL, trunk_config

from srm_mmseg.models.backbones.merged_norms import is_merged

NAMES = [
    name for name in SMALL if name != 'srm_timm-pvt-v2-b2_duts'
]  # which has an option of its own


def model_of(name, with_cp):
    config = trunk_config(name).model
    for trunk in (config.backbone.master, config.backbone.refinement):
        trunk.with_cp = with_cp
        if 'drop_path_rate' in trunk:
            trunk.drop_path_rate = 0.0
    return build(config).train()


def step(model):
    """Compute a step's gradients, and the bytes that its forward pass keeps for them."""
    kept = {}

    def keep(tensor):
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    torch.manual_seed(0)
    image = torch.randn(2, 3, 97, 97)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        loss, _ = model.parse_losses(model(image, samples(random_masks(2, 97)), mode='loss'))
    loss.backward()
    return {name: one.grad for name, one in model.named_parameters()}, sum(kept.values())


@pytest.mark.parametrize('name', NAMES)
def test_gradients_are_the_same_and_less_is_kept(name):
    expected, usual = step(model_of(name, with_cp=False))
    found, less = step(model_of(name, with_cp=True))
    assert expected.keys() == found.keys()
    for key, gradient in expected.items():
        torch.testing.assert_close(found[key], gradient, rtol=1e-3, atol=1e-5, msg=key)
    assert less < 0.75 * usual


def test_frozen_norms_are_merged_within_what_is_computed_anew():
    model = model_of('srm_r50_duts_modern', with_cp=True)
    for trunk in (model.backbone.master, model.backbone.refinement):
        block = trunk.layer1[0]
        assert block.with_cp and is_merged(block.conv1) and is_merged(block.bn1)
