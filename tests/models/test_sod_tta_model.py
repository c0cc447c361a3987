import pytest
import torch
from helpers import build, model_config
from mmengine.config import Config
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

from srm_mmseg.saliency.map_tensors import saliency_of


@pytest.fixture
def tta_model():
    model = model_config()
    model.test_cfg = Config(dict(mode='whole', stage=-1))
    return MODELS.build(dict(type='SODTTAModel', module=model))


def view(scores):
    return SegDataSample(
        seg_logits=PixelData(data=scores),
        gt_sem_seg=PixelData(data=torch.ones(1, 4, 5).long()),
        metainfo=dict(img_path='a.jpg', dataset_name='A', stem='a'),
    )


def test_averages_the_probabilities_of_two_views(tta_model):
    logits = [torch.randn(2, 4, 5) * 3 for _ in range(2)]
    merged = tta_model.merge_preds([[view(part) for part in logits]])[0]
    average = sum(part.softmax(0) for part in logits) / 2
    torch.testing.assert_close(merged.seg_logits.data.softmax(0), average)
    # The map that is scored is the average, and neither view alone.
    expected = (average[1] * 255).round().byte().numpy()
    assert abs(saliency_of(merged.to_dict()).astype(int) - expected).max() <= 1
    for part in logits:
        assert (saliency_of(view(part).to_dict()) != expected).any()
    assert torch.equal(merged.pred_sem_seg.data, average.argmax(0, keepdim=True))
    assert merged.dataset_name == 'A' and merged.gt_sem_seg.data.sum() == 20


def test_certain_views_stay_finite_maps(tta_model):
    certain = torch.tensor([-500.0, 500.0]).view(2, 1, 1).expand(2, 4, 5)
    merged = tta_model.merge_preds([[view(certain), view(certain)]])[0]
    assert (saliency_of(merged.to_dict()) == 255).all()


def test_models_of_one_channel(tta_model):
    head = dict(
        type='FCNHead', in_channels=512, channels=8, num_classes=2, out_channels=1, threshold=0.5
    )
    backbone = dict(type='ResNet', depth=18, strides=(1, 2, 2, 2), dilations=(1, 1, 1, 1))
    segmentor = build(
        dict(
            type='EncoderDecoder',
            backbone=backbone,
            decode_head=head,
            test_cfg=Config(dict(mode='whole')),
        )
    )
    model = MODELS.build(dict(type='SODTTAModel', module=segmentor))
    probabilities = [torch.rand(1, 4, 5) for _ in range(2)]
    merged = model.merge_preds([[view(part) for part in probabilities]])[0]
    average = sum(probabilities) / 2
    torch.testing.assert_close(merged.seg_logits.data, average)
    assert torch.equal(merged.pred_sem_seg.data, (average > 0.5).float())
