"""The graph gives what the toolbox's own way from images to maps gives, on random weights."""

import pytest
import torch
from helpers import build, model_config

from srm_mmseg.jobs.export import example
from srm_mmseg.saliency.saliency_graph import SaliencyGraph


@pytest.fixture(scope='module')
def model():
    return build(model_config()).eval()


def toolbox_map(model, images, stage):
    """Predict as ``tools/test.py`` does."""
    model.test_cfg.stage = stage - 1
    data = dict(inputs=list(images.permute(0, 3, 1, 2)), data_samples=None)
    samples = model.test_step(data)
    return torch.stack([sample.seg_logits.data.softmax(0)[1] for sample in samples])


@torch.no_grad()
def test_equals_the_toolbox(model):
    images = example(2, (65, 97))
    [maps] = SaliencyGraph(model, (1, 2, 3))(images)
    assert maps.shape == (2, 3, 65, 97) and maps.dtype == torch.float32
    for stage in (1, 2, 3):
        expected = toolbox_map(model, images, stage)
        assert expected.std() > 1e-3
        torch.testing.assert_close(maps[:, stage - 1], expected, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_raw_images_of_a_trunk_that_normalises_itself():
    config = model_config()
    config.data_preprocessor = dict(type='SegDataPreProcessor', size_divisor=1)
    model, images = build(config).eval(), example(1, (65, 65))
    [maps] = SaliencyGraph(model, (3,))(images)
    torch.testing.assert_close(maps[:, 0], toolbox_map(model, images, 3), atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_what_is_left_out_can_be_done_outside(model):
    images = example(2, (65, 97))
    [expected] = SaliencyGraph(model, (1, 3))(images)
    first, last = SaliencyGraph(model, (1, 3), softmax=False, resize=False)(images)
    assert first.shape == (2, 1, 3, 4) and last.shape == (2, 1, 9, 13)
    for index, logits in enumerate((first, last)):
        resized = torch.nn.functional.interpolate(
            logits, (65, 97), mode='bilinear', align_corners=True
        )
        torch.testing.assert_close(resized.sigmoid()[:, 0], expected[:, index])


def test_one_channel_is_the_log_odds():
    config = model_config()
    config.decode_head.num_classes = 1
    model = build(config).eval()
    with torch.no_grad():
        images = example(1, (65, 65))
        [maps] = SaliencyGraph(model, (3,), resize=False)(images)
        graph = SaliencyGraph(model, (3,))
        logits = model.decode_head(model.extract_feat(graph.normalise(images)))[2]
    torch.testing.assert_close(maps, logits.sigmoid())


@pytest.mark.parametrize('stages', [(), (0,), (1, 4)])
def test_refuses_stages_that_there_are_not(model, stages):
    with pytest.raises(ValueError, match='Expected stages from 1 to T = 3'):
        SaliencyGraph(model, stages)


def test_refuses_padding():
    config = model_config()
    config.data_preprocessor.test_cfg = dict(size_divisor=32)
    with pytest.raises(ValueError, match='pads no images'):
        SaliencyGraph(build(config), (3,))
