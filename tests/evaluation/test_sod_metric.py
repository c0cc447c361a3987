import pickle
import tracemalloc

import cv2
import numpy as np
import pytest
import torch
from helpers import build
from mmengine.config import Config
from mmseg.registry import METRICS

from srm_mmseg.evaluation import functional, sod_metric
from srm_mmseg.evaluation.measures import MEASURES
from srm_mmseg.saliency.map_tensors import saliency_of


def sample(logits, mask, stem='image', **meta):
    return dict(
        seg_logits=dict(data=logits),
        gt_sem_seg=dict(data=mask[None]),
        img_path=f'folder/{stem}.jpg',
        seg_map_path=f'folder/{stem}.png',
        **meta,
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


def test_every_measure_is_that_of_the_functions():
    data = list(predictions())
    metric = METRICS.build(dict(type='SODMetric'))
    scores = score(metric, [data[:2], data[2:]])
    assert tuple(scores) == MEASURES
    pairs = [(saliency_of(d), d['gt_sem_seg']['data'][0].numpy()) for d in data]
    histograms = [functional.map_histogram(*pair) for pair in pairs]
    precision, recall = zip(*(functional.precision_recall(*h.by_threshold()) for h in histograms))
    f = functional.f_score(np.array(precision), np.array(recall)).mean(0)
    f_of_means = functional.f_score(np.mean(precision, 0), np.mean(recall, 0))
    e = np.mean([functional.e_curve(*h.by_threshold()) for h in histograms], axis=0)
    expected = {
        'MAE': np.mean([functional.mae(h) for h in histograms]),
        'maxF': f.max(),
        'maxF_pr': f_of_means.max(),
        'meanF': f.mean(),
        'adpF': np.mean([functional.adaptive_f(h) for h in histograms]),
        'wF': np.mean([functional.weighted_f(*p, h) for p, h in zip(pairs, histograms)]),
        'Sm': np.mean([functional.s_measure(*p, h) for p, h in zip(pairs, histograms)]),
        'maxE': e.max(),
        'meanE': e.mean(),
        'adpE': np.mean([functional.adaptive_e(h) for h in histograms]),
    }
    assert scores == pytest.approx(expected, abs=1e-12)
    assert scores['maxF'] != scores['maxF_pr']
    np.testing.assert_allclose(metric.curves[''].f, f, atol=1e-12)


def test_a_choice_of_measures():
    data = list(predictions())
    chosen = score(METRICS.build(dict(type='SODMetric', metrics=['Sm', 'MAE'])), [data])
    every = score(METRICS.build(dict(type='SODMetric')), [data])
    assert chosen == {'MAE': every['MAE'], 'Sm': every['Sm']}
    with pytest.raises(ValueError, match='out of MAE, maxF.* but got mae'):
        METRICS.build(dict(type='SODMetric', metrics=['mae', 'Sm']))


def test_data_sets_are_scored_apart():
    ours, theirs = (
        [dict(d, dataset_name=name) for d in predictions(count)]
        for name, count in (('A', 4), ('B', 3))
    )
    metric = METRICS.build(dict(type='SODMetric', prefix='sod'))
    together = score(metric, [[*ours[:2], *theirs, *ours[2:]]])
    assert list(metric.curves) == ['A', 'B']
    for name, data in (('A', ours), ('B', theirs)):
        alone = score(METRICS.build(dict(type='SODMetric')), [data])
        assert alone == pytest.approx(
            {key: together[f'sod/{name}/{key}'] for key in MEASURES}, abs=1e-12
        )
    assert len(together) == 2 * len(MEASURES)


def test_no_image():
    with pytest.raises(ValueError, match='at least one image'):
        METRICS.build(dict(type='SODMetric')).evaluate(0)


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


def test_maps_stretched_as_by_the_authors_script(tmp_path):
    mask = (torch.rand(20, 30) > 0.5).long()
    data = [sample(torch.randn(2, 20, 30) / 9, mask)]
    metric = METRICS.build(dict(type='SODMetric', stretch_maps=True, output_dir=str(tmp_path)))
    stretched = score(metric, [data])
    stored = cv2.imread(str(tmp_path / 'image.png'), cv2.IMREAD_UNCHANGED)
    assert stored.min() == 0 and stored.max() == 255
    probability = data[0]['seg_logits']['data'].softmax(0)[1].numpy()
    expected = (probability - probability.min()) / np.ptp(probability) * 255
    np.testing.assert_allclose(stored, expected, atol=0.51)
    # What is written is what was scored; other rounding apart, it scores as the map does.
    of_file = functional.mae(functional.map_histogram(stored, mask.numpy()))
    assert stretched['MAE'] == pytest.approx(of_file, abs=1e-12)
    assert score(METRICS.build(dict(type='SODMetric')), [data])['MAE'] == pytest.approx(
        stretched['MAE'], abs=0.02
    )
    constant = sample(torch.zeros(2, 4, 4), torch.ones(4, 4).long())
    assert (saliency_of(constant, stretch=True) == 128).all()


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


def test_maps_lie_by_data_set_and_stem(tmp_path):
    metric = METRICS.build(dict(type='SODMetric', output_dir=str(tmp_path)))
    for name, stem in (('A', '0001'), ('B', '0001'), ('B', 'sub/0001')):
        metric.process({}, [dict(next(predictions(1)), dataset_name=name, stem=stem)])
    found = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob('*.png')}
    assert found == {'A/0001.png', 'B/0001.png', 'B/sub/0001.png'}


def test_no_map_is_overwritten(tmp_path):
    metric = METRICS.build(dict(type='SODMetric', output_dir=str(tmp_path)))
    one, other = predictions(1), predictions(1)
    metric.process({}, [*one])
    metric.process({}, [*predictions(1)])  # the same image again, as padding does
    with pytest.raises(ValueError, match="'folder/image0.jpg' and 'elsewhere/image0.jpg'"):
        metric.process({}, [dict(next(other), img_path='elsewhere/image0.jpg')])


def test_two_processes_do_not_overwrite_each_other(tmp_path, monkeypatch):
    """Two data sets of one name, an image of each on either process."""
    metric = METRICS.build(dict(type='SODMetric', output_dir=str(tmp_path)))
    metric.process({}, [*predictions(1)])
    assert metric.evaluate(1)
    metric.process({}, [*predictions(1)])
    other = {tmp_path / 'image0.png': 'elsewhere/image0.jpg'}
    monkeypatch.setattr(sod_metric, 'all_gather_object', lambda written: [written, other])
    with pytest.raises(ValueError, match="'folder/image0.jpg' and 'elsewhere/image0.jpg'"):
        metric.evaluate(1)


def test_padding_duplicates_do_not_count():
    data = list(predictions(3))
    clean = score(METRICS.build(dict(type='SODMetric')), [data])
    metric = METRICS.build(dict(type='SODMetric'))
    metric.process({}, [*data, data[0]])
    assert len(metric.results) == 4
    assert metric.evaluate(size=3) == clean


def test_an_image_leaves_less_than_4_kb():
    metric, batch = METRICS.build(dict(type='SODMetric')), list(predictions(1))
    metric.process({}, batch)
    assert len(pickle.dumps(metric.results)) < 4096
    tracemalloc.start()
    for _ in range(200):
        metric.process({}, batch)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(metric.results) == 201 and 200 * 2048 < grown < 200 * 4096


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
