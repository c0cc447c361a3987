"""The assembled model: the stock EncoderDecoder with the plugin's components."""

import pytest
import torch
from helpers import build, count_parameters, model_config, random_masks, samples
from mmengine.runner import load_checkpoint, save_checkpoint


def test_stage_sizes_at_353():
    model = build(model_config('srm_r50')).eval()
    with torch.no_grad():
        stages = model(torch.randn(1, 3, 353, 353), mode='tensor')
    assert [tuple(s.shape) for s in stages] == [(1, 2, 12, 12), (1, 2, 23, 23), (1, 2, 45, 45)]


@pytest.mark.parametrize('size', [(65, 97), (50, 71), (33, 33), (128, 64)])
def test_any_image_size(size):
    model = build(model_config()).eval()
    with torch.no_grad():
        stages = model(torch.randn(1, 3, *size), mode='tensor')
        predicted = model(torch.randn(1, 3, *size), mode='predict')
    assert len(stages) == 3
    assert predicted[0].seg_logits.shape == size


def test_parameters_of_neck_and_head():
    # 21,138,322 in the released network, whose Conv7 is 1x1 (caffe/layers.json); ours is 3x3.
    config = model_config('srm_r50')
    for kernel, more in ((3, 4096), (1, 0)):
        config.decode_head.conv7_kernel = kernel
        model = build(config)
        found = count_parameters(model.neck) + count_parameters(model.decode_head)
        assert found == 21_138_322 + more


@pytest.mark.parametrize('stages', [1, 2, 3])
def test_every_parameter_gets_a_gradient(stages):
    model = build(model_config(stages=stages)).train()
    losses = model(torch.randn(2, 3, 65, 65), samples(random_masks(2, 65)), mode='loss')
    assert [key for key in losses if 'loss' in key] == [
        f'decode.loss_s{stage}' for stage in range(1, stages + 1)
    ]
    sum(value for key, value in losses.items() if 'loss' in key).backward()
    without = [name for name, p in model.named_parameters() if p.grad is None]
    assert not without


def test_a_stage_does_not_depend_on_later_stages():
    image = torch.randn(1, 3, 65, 65)
    three, two = build(model_config()).eval(), build(model_config(stages=2)).eval()
    shared = {k: v for k, v in three.state_dict().items() if k in two.state_dict()}
    two.load_state_dict(shared)  # strict: everything that T = 2 has is in T = 3
    with torch.no_grad():
        for left, right in zip(two(image, mode='tensor'), three(image, mode='tensor')):
            torch.testing.assert_close(left, right)


def test_frozen_statistics_take_a_batch_of_one():
    config = model_config('srm_r50')
    for trunk in (config.backbone.master, config.backbone.refinement):
        trunk.update(base_channels=8, stem_channels=8)
    config.neck.update(in_channels=(256, 128, 64), pool_channels=4, mid_channels=4)
    config.decode_head.update(in_channels=(256, 64, 64), channels=4)
    model = build(config).train()
    before = model.backbone.master.bn1.running_mean.clone()
    losses = model(torch.randn(1, 3, 33, 33), samples(random_masks(1, 33)), mode='loss')
    assert all(torch.isfinite(value) for value in losses.values())
    assert torch.equal(model.backbone.master.bn1.running_mean, before)


@pytest.mark.parametrize('stage', [0, -1])
def test_sliding_windows(stage):
    config = model_config()
    config.test_cfg = dict(mode='slide', crop_size=(65, 65), stride=(40, 40), stage=stage)
    model = build(config).eval()
    with torch.no_grad():
        predicted = model(torch.randn(1, 3, 97, 113), mode='predict')
    assert predicted[0].seg_logits.shape == (97, 113)


def test_batch_does_not_change_a_prediction():
    model = build(model_config()).eval()
    images = torch.randn(3, 3, 65, 65)
    with torch.no_grad():
        together = model(images, mode='tensor')[-1]
        alone = torch.cat([model(image[None], mode='tensor')[-1] for image in images])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-4)


def test_trained_saved_and_loaded_predicts_the_same(tmp_path):
    model = build(model_config())
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    image, mask = torch.randn(2, 3, 65, 65), samples(random_masks(2, 65))
    before = model.backbone.master.conv1.weight.clone()
    for _ in range(2):
        losses = model.train()(image, mask, mode='loss')
        optimizer.zero_grad()
        sum(value for key, value in losses.items() if 'loss' in key).backward()
        optimizer.step()
    assert not torch.equal(model.backbone.master.conv1.weight, before)
    save_checkpoint(dict(state_dict=model.state_dict()), str(tmp_path / 'weights.pth'))
    loaded = build(model_config(), seed=1)
    load_checkpoint(loaded, str(tmp_path / 'weights.pth'), strict=True)
    with torch.no_grad():
        stages = zip(model.eval()(image, mode='tensor'), loaded.eval()(image, mode='tensor'))
        assert all(torch.equal(left, right) for left, right in stages)
