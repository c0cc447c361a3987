import pytest
import torch
from mmengine.optim import build_optim_wrapper
from torch import nn

import srm_mmseg.register  # noqa: F401


@pytest.fixture
def model():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 2, 1))


def wrapper(model, kind='CPUAmpOptimWrapper', **settings):
    optimizer = dict(type='SGD', lr=0.1)
    return build_optim_wrapper(model, dict(type=kind, optimizer=optimizer, **settings))


def test_forward_passes_are_in_bfloat16_and_weights_stay_in_float32(model):
    wrapped = wrapper(model)
    with wrapped.optim_context(model):
        outputs = model(torch.ones(1, 3, 8, 8))
    assert outputs.dtype == torch.bfloat16
    wrapped.update_params(outputs.float().square().mean())
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    assert model(torch.ones(1, 3, 8, 8)).dtype == torch.float32


@pytest.mark.parametrize(
    'settings', [{}, {'accumulative_counts': 2}, {'clip_grad': {'max_norm': 1}}]
)
def test_steps_are_near_those_of_float32(settings, model):
    import copy

    images = torch.rand(2, 3, 16, 16)
    other = copy.deepcopy(model)
    for one, kind in ((model, 'CPUAmpOptimWrapper'), (other, 'OptimWrapper')):
        wrapped = wrapper(one, kind, **settings)
        for _ in range(4):
            with wrapped.optim_context(one):
                loss = one(images).float().square().mean()
            wrapped.update_params(loss)
    for half, full in zip(model.parameters(), other.parameters()):
        assert torch.allclose(half, full, atol=0.01)
        assert not torch.equal(half, full)


def test_the_state_of_a_run_on_a_gpu_loads(model):
    wrapped = wrapper(model)
    wrapped.load_state_dict({**wrapped.state_dict(), 'loss_scaler': {'scale': 1.0}})
    assert 'loss_scaler' not in wrapped.state_dict()
