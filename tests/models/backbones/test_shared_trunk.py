"""One trunk that all stages share: refinement='master'."""

import copy

import numpy as np
import pytest
import torch
from exported_maps import onnx_maps
from helpers import build, count_parameters, model_config, random_masks, samples

from srm_mmseg.engine.fast_inference import fast_inference
from srm_mmseg.jobs.export import example
from srm_mmseg.models.backbones.merged_norms import is_merged
from srm_mmseg.saliency.saliency_graph import SaliencyGraph


def shared_config(**master):
    """A small SRM with one ResNet-18 whose last three outputs are C3, C4, C5."""
    config = model_config()
    config.backbone.refinement = 'master'
    config.backbone.master.update(out_indices=(1, 2, 3), stem_channels=8, base_channels=8, **master)
    config.neck.update(pool_scales=(1, 2), pool_channels=8, mid_channels=8, out_channels=8)
    config.decode_head.channels = 8
    return config


def step(model):
    """Compute the gradients of a training step, by parameter."""
    torch.manual_seed(3)
    losses = model.train()(torch.randn(2, 3, 65, 65), samples(random_masks(2, 65)), mode='loss')
    model.parse_losses(losses)[0].backward()
    return {name: parameter.grad for name, parameter in model.named_parameters()}


def test_outputs_are_the_masters_in_stage_order():
    backbone = build(shared_config().backbone).eval()
    image = torch.randn(2, 3, 97, 97)
    own = backbone.master(image)
    stages = backbone(image)
    assert [tuple(stage.shape[1:]) for stage in stages] == [(64, 4, 4), (32, 7, 7), (16, 13, 13)]
    for stage, output in zip(stages, reversed(own), strict=True):
        torch.testing.assert_close(stage, output)


def test_parameters_are_those_of_one_trunk():
    config = shared_config().backbone
    assert count_parameters(build(config)) == count_parameters(build(config.master)) > 0
    assert all(key.startswith('master.') for key in build(config).state_dict())


def test_every_parameter_has_a_gradient_which_distributed_training_needs():
    gradients = step(build(shared_config()))
    assert gradients and not [name for name, grad in gradients.items() if grad is None]


def test_frozen_norms_are_merged_with_the_same_gradients():
    config = shared_config(norm_eval=True)
    merged, plain = build(config), build(config)
    plain.backbone.merge_norms = False
    found, expected = step(merged), step(plain)
    assert is_merged(merged.backbone.master.conv1) and not is_merged(plain.backbone.master.conv1)
    for name, gradient in expected.items():
        torch.testing.assert_close(found[name], gradient, rtol=1e-3, atol=1e-5)


def test_fast_inference_gives_the_same():
    model = build(shared_config()).eval()
    image = torch.randn(1, 3, 65, 65)
    with torch.no_grad():
        expected = copy.deepcopy(model)(image, mode='tensor')
        found = fast_inference(model)(image, mode='tensor')
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


def test_exported_file_gives_the_same(tmp_path):
    model, images = build(shared_config()).eval(), example(1, (65, 65))
    found = onnx_maps(model, images, tmp_path / 'm.onnx')
    with torch.inference_mode():
        [expected] = SaliencyGraph(model, (1, 2, 3))(images)
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-4)


def test_another_text_is_refused():
    config = shared_config().backbone
    config.refinement = 'mastr'
    with pytest.raises(ValueError, match=r"refinement .*'master' for one trunk.*but got 'mastr'"):
        build(config)


def test_a_shared_trunk_that_gives_its_deepest_output_first_is_refused(monkeypatch):
    backbone = build(shared_config().backbone)
    forward = backbone.master.forward
    monkeypatch.setattr(backbone.master, 'forward', lambda image: forward(image)[::-1])
    with pytest.raises(ValueError, match='backbone.master to give its deepest output last'):
        backbone(torch.randn(1, 3, 65, 65))
