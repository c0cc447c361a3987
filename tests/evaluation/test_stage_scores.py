"""``SODMetric(stages=True)`` scores each stage as a test of that stage does."""

import pytest
import torch
from helpers import build, model_config, random_masks
from mmengine.structures import PixelData
from mmseg.registry import METRICS
from mmseg.structures import SegDataSample

METRICS_OF_TWO = ['MAE', 'maxF']


@pytest.fixture(scope='module', params=[2, 1])
def model(request):
    config = model_config()
    config.decode_head.num_classes = request.param
    if request.param == 1:
        config.decode_head.loss_decode.loss = dict(type='CrossEntropyLoss', use_sigmoid=True)
    return build(config).eval()


def batch(count=2, **meta):
    images = torch.randint(0, 256, (count, 3, 65, 97), generator=torch.Generator().manual_seed(1))
    samples = []
    for index, mask in enumerate(random_masks(count, 50)):
        one = SegDataSample(gt_sem_seg=PixelData(data=mask[None, :40]))
        one.set_metainfo(
            dict(img_path=f'{index}.jpg', seg_map_path=f'{index}.png', ori_shape=(40, 50))
            | dict(img_shape=(65, 97), **meta)
        )
        samples.append(one)
    return dict(inputs=list(images.byte()), data_samples=samples)


@torch.no_grad()
def scores(model, batches, stage=-1, **settings):
    metric = METRICS.build(dict(type='SODMetric', metrics=METRICS_OF_TWO, **settings))
    model.test_cfg.stage = stage
    for one in batches:
        metric.process(one, [sample.to_dict() for sample in model.test_step(one)])
    return metric.evaluate(sum(len(one['inputs']) for one in batches)), metric


@pytest.mark.parametrize('stretch', [False, True])
def test_each_stage_scores_as_when_it_is_tested_alone(model, stretch):
    together, metric = scores(model, [batch(), batch(1)], stages=True, stretch_maps=stretch)
    keys = [f'{stage}{key}' for stage in ('', 'S1/', 'S2/', 'S3/') for key in METRICS_OF_TWO]
    assert list(together) == keys and list(metric.curves) == ['', 'S1', 'S2', 'S3']
    for index in range(3):
        alone, _ = scores(model, [batch(), batch(1)], index, stretch_maps=stretch)
        assert alone == {key: together[f'S{index + 1}/{key}'] for key in METRICS_OF_TWO}
    assert together['MAE'] == together['S3/MAE'] != together['S1/MAE']


def test_the_tested_stage_may_be_another(model):
    together, _ = scores(model, [batch()], 0, stages=True)
    assert together['MAE'] == together['S1/MAE'] != together['S3/MAE']


def test_data_sets_are_told_apart(model):
    batches = [batch(dataset_name='A'), batch(1, dataset_name='B')]
    together, _ = scores(model, batches, stages=True)
    assert {'A/MAE', 'A/S1/MAE', 'B/S3/maxF'} < together.keys() and len(together) == 16


def test_flipped_views_and_other_predictions_are_refused(model):
    with pytest.raises(ValueError, match='stages=True.*Leave out --tta'):
        scores(model, [batch(flip=True, flip_direction='horizontal')], stages=True)
    metric = METRICS.build(dict(type='SODMetric', stages=True))
    others = [sample.to_dict() for sample in batch(3)['data_samples']]
    for other in others:
        other['seg_logits'] = dict(data=torch.zeros(2, 40, 50))
    for one in (others[:1], others):
        with pytest.raises(ValueError, match='maps of an SRMHead'):
            metric.process({}, one)
