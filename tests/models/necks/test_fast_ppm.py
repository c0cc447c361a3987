"""The neck without the concatenation computes what the concatenation gives."""

import copy

import pytest
import torch
import torch.nn.functional as F
from helpers import build
from torch import nn

from srm_mmseg.models.necks.ppm_neck import PyramidPooling, bin_matrix, pool

BASE = dict(
    in_channels=6,
    pool_scales=(1, 2, 3, 6),
    pool_channels=5,
    mid_channels=7,
    out_channels=3,
    pool_mode='adaptive',
    align_corners=True,
    norm_cfg=None,
    act_cfg=None,
)


def by_concatenation(stage, tap):
    """Compute F_t as the paper draws it."""
    cells = stage.cells(tap)
    return stage.project(stage.fuse(stage.concatenate(tap, cells)))


def stage_and_tap(size, seed=0, dtype=torch.float64, **settings):
    torch.manual_seed(seed)
    stage = PyramidPooling(**{**BASE, **settings})
    for module in stage.modules():
        if isinstance(module, nn.BatchNorm2d):
            for numbers in (module.running_mean, module.weight, module.bias):
                nn.init.uniform_(numbers, 0.2, 1.2)
    return stage.to(dtype).eval(), torch.randn(2, 6, *size, dtype=dtype)


SETTINGS = [
    dict(),
    dict(pool_mode='ceil', pool_scales=(6, 3, 2, 1)),
    dict(align_corners=False),
    dict(pool_scales=(5,)),
    dict(norm_cfg=dict(type='BN'), act_cfg=dict(type='ReLU')),
]


@pytest.mark.parametrize('settings', SETTINGS)
@pytest.mark.parametrize('size', [(1, 1), (2, 3), (3, 3), (7, 5), (9, 9), (13, 23)])
def test_equals_the_concatenation(settings, size):
    stage, tap = stage_and_tap(size, **settings)
    torch.testing.assert_close(stage(tap), by_concatenation(stage, tap), atol=1e-10, rtol=1e-10)


@pytest.mark.parametrize('settings', SETTINGS)
def test_gradients_equal_those_of_the_concatenation(settings):
    stage, tap = stage_and_tap((7, 9), **settings)
    results = []
    for forward in (stage, lambda x: by_concatenation(stage, x)):
        stage.zero_grad()
        leaf = tap.clone().requires_grad_()
        forward(leaf).square().sum().backward()
        results.append([leaf.grad, *(p.grad.clone() for p in stage.parameters())])
    assert len(results[0]) > 3
    for fast, plain in zip(*results):
        torch.testing.assert_close(fast, plain, atol=1e-8, rtol=1e-8)


@pytest.mark.parametrize(
    ('dtype', 'tolerance'),
    [(torch.float32, 1e-5), (torch.bfloat16, 0.06), (torch.float16, 0.01)],
)
def test_other_precisions(dtype, tolerance):
    stage, tap = stage_and_tap((13, 17))
    expected = by_concatenation(stage, tap)
    found = stage.to(dtype)(tap.to(dtype))
    assert found.dtype == dtype
    torch.testing.assert_close(found.double(), expected, atol=tolerance, rtol=tolerance)


def test_mixed_precision_trains():
    stage, tap = stage_and_tap((13, 17), dtype=torch.float32)
    with torch.autocast('cpu', torch.bfloat16):
        stage(tap).sum().backward()
    assert all(p.grad.isfinite().all() and p.grad.dtype == p.dtype for p in stage.parameters())


@pytest.mark.parametrize('settings', SETTINGS)
def test_frozen(settings):
    stage, tap = stage_and_tap((7, 9), **settings)
    expected = stage(tap)
    stage.merge_for_inference()
    with torch.inference_mode():
        torch.testing.assert_close(stage(tap), expected, atol=1e-10, rtol=1e-10)


def test_weights_are_those_of_the_plain_form():
    stage, tap = stage_and_tap((7, 9))
    names = {
        *(f'branches.{i}.conv.weight' for i in range(4)),
        *('fuse.conv.weight', 'project.conv.weight'),
    }
    assert stage.state_dict().keys() == names
    other, _ = stage_and_tap((7, 9), seed=1)
    other.load_state_dict(stage.state_dict(), strict=True)
    assert torch.equal(other(tap), stage(tap))


@pytest.mark.parametrize('settings', SETTINGS)
def test_a_trace_has_no_size_baked_in(settings):
    stage, tap = stage_and_tap((7, 9), **settings)
    with torch.no_grad():
        traced = torch.jit.trace(stage, tap, check_trace=False)
        for size in [(7, 9), (13, 23), (3, 4)]:
            other = torch.randn(1, 6, *size, dtype=torch.float64)
            torch.testing.assert_close(traced(other), stage(other), atol=1e-10, rtol=1e-10)


@pytest.mark.parametrize(
    ('mode', 'pooled'),
    [
        ('adaptive', lambda x, bins: F.adaptive_avg_pool2d(x, bins)),
        ('ceil', lambda x, bins: pool(x, bins, 'ceil')),
    ],
)
@pytest.mark.parametrize('size', [(1, 1), (2, 3), (7, 9), (13, 23)])
def test_bin_matrices_pool(mode, pooled, size):
    x = torch.randn(2, 3, *size, dtype=torch.float64)
    for bins in (1, 2, 3, 6):
        rows, columns = (bin_matrix(length, bins, mode, x) for length in size)
        torch.testing.assert_close(rows @ x @ columns.T, pooled(x, bins), atol=1e-12, rtol=1e-12)


@pytest.mark.slow
def test_compiles():
    stage, tap = stage_and_tap((7, 9), dtype=torch.float32)
    compiled = torch.compile(copy.deepcopy(stage))
    torch.testing.assert_close(compiled(tap), stage(tap), atol=1e-5, rtol=1e-5)


def test_no_upsampled_part_is_made():
    neck = build(dict(type='PPMNeck', in_channels=(8, 6), pool_channels=64, mid_channels=7))
    largest = []

    class Watch(torch.utils._python_dispatch.TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            result = function(*args, **(kwargs or {}))
            if isinstance(result, torch.Tensor):
                largest.append(result.numel())
            return result

    with Watch(), torch.no_grad():
        neck([torch.randn(1, 8, 4, 4), torch.randn(1, 6, 45, 45)])
    assert largest and max(largest) < 4 * 64 * 45 * 45
