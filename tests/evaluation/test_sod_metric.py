import cv2
import numpy as np
import pytest
import torch
from helpers import build
from mmengine.config import Config
from mmseg.registry import METRICS

from srm_mmseg.evaluation import functional
from srm_mmseg.evaluation.sod_metric import saliency_of


def sample(logits, mask, stem='image'):
    return dict(
        seg_logits=dict(data=logits),
        gt_sem_seg=dict(data=mask[None]),
        img_path=f'folder/{stem}.jpg',
        seg_map_path=f'folder/{stem}.png',
    )


def predictions(count=5):
    generator = torch.Generator().manual_seed(0)
    for index in range(count):
        mask = (torch.rand(20 + index, 30, generator=generator) > 0.6).long()
        noise = torch.randn(2, *mask.shape, generator=generator)
        noise[1] += 2 * mask
        yield sample(noise, mask, f'image{index}')


def score(metric, batches):
    for batch in batches:
        metric.process({}, batch)
    return metric.evaluate(size=sum(map(len, batches)))


def test_the_five_measures():
    data = list(predictions())
    scores = score(METRICS.build(dict(type='SODMetric')), [data[:2], data[2:]])
    histograms = [
        functional.map_histogram(saliency_of(d), d['gt_sem_seg']['data'][0].numpy()) for d in data
    ]
    precision, recall = zip(*(functional.precision_recall(*h.by_threshold()) for h in histograms))
    curve = functional.f_score(np.array(precision), np.array(recall)).mean(0)
    of_means = functional.f_score(np.mean(precision, 0), np.mean(recall, 0))
    assert scores == pytest.approx(
        {
            'MAE': np.mean([functional.mae(h) for h in histograms]),
            'maxF': curve.max(),
            'maxF_pr': of_means.max(),
            'meanF': curve.mean(),
            'adpF': np.mean([functional.adaptive_f(h) for h in histograms]),
        },
        abs=1e-12,
    )
    assert scores['maxF'] != scores['maxF_pr']


def test_models_of_one_and_two_channels_agree():
    mask = (torch.rand(20, 30) > 0.5).long()
    logits = torch.randn(2, 20, 30)
    # With one channel the toolbox has applied the sigmoid already.
    probability = torch.sigmoid(logits[1:] - logits[:1])
    np.testing.assert_allclose(
        saliency_of(sample(logits, mask)).astype(int),
        saliency_of(sample(probability, mask)).astype(int),
        atol=1,
    )


@pytest.mark.parametrize('channels', [1, 2])
def test_scores_stock_heads(channels):
    head = dict(
        type='FCNHead',
        in_channels=512,
        channels=8,
        num_classes=2,
        out_channels=channels,
        threshold=0.5,
        align_corners=True,
    )
    backbone = dict(type='ResNet', depth=18, strides=(1, 2, 2, 2), dilations=(1, 1, 1, 1))
    test_cfg = Config(dict(mode='whole'))
    model = build(
        dict(type='EncoderDecoder', backbone=backbone, decode_head=head, test_cfg=test_cfg)
    ).eval()
    with torch.no_grad():
        predicted = model(torch.randn(1, 3, 65, 65), mode='predict')[0]
    stock = dict(data=predicted.seg_logits.data)
    data = dict(sample(None, torch.ones(65, 65).long()), seg_logits=stock)
    scores = score(METRICS.build(dict(type='SODMetric')), [[data]])
    assert 0 < scores['MAE'] < 1


def test_more_than_two_channels():
    with pytest.raises(ValueError, match='1 or 2 output channels, but got 3'):
        saliency_of(sample(torch.zeros(3, 4, 4), torch.zeros(4, 4)))


def test_normalisation_is_a_choice():
    data = [sample(torch.randn(2, 20, 30) / 9, (torch.rand(20, 30) > 0.5).long())]
    on = score(METRICS.build(dict(type='SODMetric')), [data])
    off = score(METRICS.build(dict(type='SODMetric', normalize=False)), [data])
    assert on['MAE'] != off['MAE']
    saliency = saliency_of(data[0]) / 255
    expected = np.abs(saliency - data[0]['gt_sem_seg']['data'][0].numpy()).mean()
    assert off['MAE'] == pytest.approx(expected, abs=1e-12)


def test_maps_on_disk_are_the_maps_scored(tmp_path):
    data = list(predictions())
    metric = METRICS.build(
        dict(type='SODMetric', output_dir=str(tmp_path), keep_results=True)  # as --out sets them
    )
    score(metric, [data])
    assert len(list(tmp_path.iterdir())) == 5
    for index, one in enumerate(data):
        stored = cv2.imread(str(tmp_path / f'image{index}.png'), cv2.IMREAD_UNCHANGED)
        np.testing.assert_array_equal(stored, saliency_of(one))


def test_no_map_is_overwritten(tmp_path):
    metric = METRICS.build(dict(type='SODMetric', output_dir=str(tmp_path)))
    one, other = predictions(1), predictions(1)
    metric.process({}, [*one])
    metric.process({}, [*predictions(1)])  # the same image again, as padding does
    with pytest.raises(ValueError, match="'folder/image0.jpg' and 'elsewhere/image0.jpg'"):
        metric.process({}, [dict(next(other), img_path='elsewhere/image0.jpg')])


def test_padding_duplicates_do_not_count():
    data = list(predictions(3))
    clean = score(METRICS.build(dict(type='SODMetric')), [data])
    metric = METRICS.build(dict(type='SODMetric'))
    metric.process({}, [*data, data[0]])
    assert len(metric.results) == 4
    assert metric.evaluate(size=3) == clean


def test_a_result_is_small():
    metric = METRICS.build(dict(type='SODMetric'))
    metric.process({}, list(predictions(1)))
    thresholds, *scalars = metric.results[0]
    assert thresholds.nbytes <= 4096 and all(isinstance(s, float) for s in scalars)


def test_mask_that_was_not_binarised_is_named():
    data = [sample(torch.zeros(2, 4, 4), torch.full((4, 4), 255))]
    with pytest.raises(ValueError, match='folder/image.png.*0 and 1.*LoadSaliencyMask'):
        score(METRICS.build(dict(type='SODMetric')), [data])


def test_mask_of_another_size_is_named():
    data = [sample(torch.zeros(2, 4, 4), torch.zeros(5, 5).long())]
    with pytest.raises(ValueError, match='folder/image.png.*shape.*after Resize'):
        score(METRICS.build(dict(type='SODMetric')), [data])


def test_diverged_model():
    with pytest.raises(ValueError, match='NaN'):
        saliency_of(sample(torch.full((2, 4, 4), torch.nan), torch.zeros(4, 4)))
