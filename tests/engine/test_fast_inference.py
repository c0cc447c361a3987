import copy
import warnings

import pytest
import torch
from helpers import REPO, build, model_config
from mmengine.config import Config
from torch import nn

from srm_mmseg.engine import fast_inference as fast_inference_module
from srm_mmseg.engine.fast_inference import fast_inference, is_faster_in_bfloat16


def with_statistics(model):
    """Give BN layers statistics as after training."""
    torch.manual_seed(0)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, 0, 0.1)
            for numbers in (module.running_var, module.weight):
                nn.init.uniform_(numbers, 0.5, 1.5)
    return model.eval()


def stages(model, image):
    with torch.inference_mode():
        return model(image, mode='tensor')


@pytest.mark.parametrize('size', [(65, 65), (97, 65)])
@pytest.mark.parametrize('number', [1, 2, 3])
def test_same_output(size, number):
    model = with_statistics(build(model_config(stages=number)))
    fast = fast_inference(copy.deepcopy(model))
    assert not [m for m in fast.modules() if isinstance(m, nn.BatchNorm2d)]
    image = torch.randn(2, 3, *size)
    for expected, found in zip(stages(model, image), stages(fast, image)):
        torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
    other = torch.randn(1, 3, 129, 97)
    for expected, found in zip(stages(model, other), stages(fast, other)):
        torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def test_the_released_network():
    config = Config.fromfile(REPO / 'configs/srm_preact-r50_duts.py').model
    for trunk in ('master', 'refinement'):
        config.backbone[trunk].base_channels = 8
    config.neck.in_channels = (256, 128, 64)
    config.decode_head.in_channels = (256, 64, 64)
    model = with_statistics(build(config))
    image = 255 * torch.rand(1, 3, 97, 97)
    fast = fast_inference(copy.deepcopy(model))
    for expected, found in zip(stages(model, image), stages(fast, image)):
        assert (found - expected).abs().max() <= 1e-5 * expected.abs().max()


def test_the_first_stage_is_merged():
    assert fast_inference(build(model_config())).decode_head.merged[0].bias is None


@pytest.mark.parametrize(('seconds', 'faster'), [(1, True), (3, False)])
def test_is_faster_in_bfloat16(seconds, faster, monkeypatch):
    times = {torch.float32: 2, torch.bfloat16: seconds}
    monkeypatch.setattr(fast_inference_module, 'product_seconds', times.get)
    assert is_faster_in_bfloat16() == faster


def test_warns_of_slow_bfloat16_alone(monkeypatch):
    monkeypatch.setattr(fast_inference_module, 'is_faster_in_bfloat16', lambda: False)
    with pytest.warns(UserWarning, match='more slowly in bfloat16'):
        fast_inference(build(model_config()), torch.bfloat16)
    with warnings.catch_warnings():
        warnings.filterwarnings('error', '.*bfloat16')
        fast_inference(build(model_config()))
    monkeypatch.setattr(fast_inference_module, 'is_faster_in_bfloat16', lambda: True)
    with warnings.catch_warnings():
        warnings.filterwarnings('error', '.*bfloat16')
        fast_inference(build(model_config()), torch.bfloat16)


def test_bfloat16():
    model = with_statistics(build(model_config()))
    fast = fast_inference(copy.deepcopy(model), torch.bfloat16)
    image = torch.randn(1, 3, 97, 97)
    expected, found = stages(model, image)[-1], stages(fast, image)[-1]
    assert found.dtype == torch.bfloat16
    difference = (found.float().softmax(1) - expected.softmax(1)).abs()
    assert difference.mean() < 0.01 and difference.max() < 0.1
    logits = fast(image, [dict(img_shape=(97, 97), ori_shape=(97, 97))], mode='tensor')
    assert len(logits) == 3
    metas = [dict(img_shape=(97, 97))]
    features = fast.extract_feat(image)
    assert fast.decode_head.predict(features, metas, fast.test_cfg).dtype == torch.float32


def test_stock_segmentors_too():
    config = dict(
        type='EncoderDecoder',
        backbone=dict(type='ResNet', depth=18, strides=(1, 2, 1, 1), dilations=(1, 1, 2, 4)),
        decode_head=dict(
            type='PSPHead',
            in_channels=512,
            channels=16,
            pool_scales=(1, 2),
            num_classes=2,
            in_index=3,
            norm_cfg=dict(type='BN'),
        ),
        test_cfg=Config(dict(mode='whole')),
    )
    model = with_statistics(build(config))
    image = torch.randn(1, 3, 65, 65)
    fast = fast_inference(copy.deepcopy(model))
    torch.testing.assert_close(stages(fast, image), stages(model, image), atol=1e-4, rtol=1e-4)


NORM_FIRST = dict(
    type='FCNHead',
    in_channels=512,
    in_index=3,
    channels=512,
    num_convs=1,
    num_classes=2,
    norm_cfg=dict(type='BN'),
)
DYNAMIC = dict(
    type='DMHead',
    in_channels=512,
    in_index=3,
    channels=16,
    filter_sizes=(1, 3),
    num_classes=2,
    norm_cfg=dict(type='BN'),
)


def norms(model):
    return sum(isinstance(module, nn.BatchNorm2d) for module in model.modules())


@pytest.mark.parametrize('head, order, left', [(NORM_FIRST, 'nca', 1), (DYNAMIC, 'cna', 2)])
def test_a_norm_that_reads_something_else_stays(head, order, left):
    """Registered behind a convolution, but called elsewhere."""
    backbone = dict(type='ResNet', depth=18, strides=(1, 2, 1, 1), dilations=(1, 1, 2, 4))
    test_cfg = Config(dict(mode='whole'))
    model = build(
        dict(type='EncoderDecoder', backbone=backbone, decode_head=head, test_cfg=test_cfg)
    )
    if order == 'nca':
        model.decode_head.convs[0].order = ('norm', 'conv', 'act')
    model = with_statistics(model)
    image = torch.randn(1, 3, 65, 65)
    fast = fast_inference(copy.deepcopy(model))
    assert norms(fast) == left
    torch.testing.assert_close(stages(fast, image), stages(model, image), atol=1e-4, rtol=1e-4)


def test_twice_is_once():
    model = with_statistics(build(model_config()))
    fast = fast_inference(fast_inference(copy.deepcopy(model)))
    image = torch.randn(1, 3, 65, 65)
    for expected, found in zip(stages(model, image), stages(fast, image)):
        torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
    assert not any(parameter.requires_grad for parameter in fast.parameters())


@pytest.mark.slow
def test_compiled():
    model = with_statistics(build(model_config()))
    fast = fast_inference(copy.deepcopy(model), compile=True)
    image = torch.randn(1, 3, 65, 65)
    with torch.no_grad():
        found = fast(image, mode='tensor')[-1]
    torch.testing.assert_close(found, stages(model, image)[-1], atol=1e-4, rtol=1e-4)


def test_a_stranger_with_a_method_of_that_name_is_not_called():
    class Layer(nn.Module):
        def merge_for_inference(self, depth):
            raise AssertionError

    model = build(model_config())
    model.backbone.layer = Layer()
    fast_inference(model)


def test_a_changed_head_is_not_merged():
    model = with_statistics(build(model_config()))
    model.decode_head.conv6.register_forward_hook(lambda module, args, output: output.relu())
    image = torch.randn(1, 3, 65, 65)
    fast = fast_inference(copy.deepcopy(model))
    assert fast.decode_head.merged is None
    for expected, found in zip(stages(model, image), stages(fast, image)):
        torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
