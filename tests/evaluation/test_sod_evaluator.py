"""An evaluator is written as the toolbox and our documents write it."""

import pytest
import torch
from mmengine.config import ConfigDict, DictAction
from mmengine.evaluator import Evaluator
from mmengine.runner import Runner
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from srm_mmseg.engine.hooks.save_curves_hook import evaluated_curves
from srm_mmseg.evaluation.measures import MEASURES
from srm_mmseg.evaluation.sod_evaluator import sod_metrics_of
from srm_mmseg.evaluation.sod_metric import SODMetric
from srm_mmseg.jobs.test import write_maps

CHOICE = dict(type='SODMetric', metrics=['Sm', 'MAE'])
FORMS = {
    'a metric': CHOICE,
    'of a scope': dict(CHOICE, type='mmseg.SODMetric'),
    'a list': [CHOICE],
    'beside another': [dict(type='IoUMetric', iou_metrics=['mIoU']), CHOICE],
    'an evaluator': dict(type='Evaluator', metrics=[CHOICE]),
    'an evaluator without a type': dict(metrics=CHOICE),
}


def built(evaluator):
    return Runner.build_evaluator(None, evaluator)


@pytest.mark.parametrize('form', FORMS)
def test_measures_are_chosen_in_every_form_of_an_evaluator(form):
    config = ConfigDict(evaluator=FORMS[form]).evaluator
    [found] = sod_metrics_of(config)
    found['output_dir'] = 'maps'
    evaluator = built(config)
    assert isinstance(evaluator, Evaluator)
    metric = evaluator.metrics[-1]
    assert (metric.metrics, metric.output_dir) == (('MAE', 'Sm'), 'maps')


def test_no_choice_is_every_measure():
    assert built(dict(type='SODMetric')).metrics[0].metrics == MEASURES
    assert built(dict(type='SODMetric', metrics=MEASURES)).metrics[0].metrics == MEASURES


@pytest.mark.parametrize(
    ('text', 'chosen'), [('MAE', ('MAE',)), ('MAE,Sm', ('MAE', 'Sm')), ('[Sm,MAE]', ('MAE', 'Sm'))]
)
def test_measures_on_the_command_line(text, chosen):
    value = DictAction._parse_iterable(text)
    assert built(dict(type='SODMetric', metrics=value)).metrics[0].metrics == chosen


def test_the_class_in_place_of_its_name():
    """As in a config that imports what it names; the metric then is the loop's evaluator."""
    evaluator = built(dict(CHOICE, type=SODMetric))
    assert sod_metrics_of(dict(CHOICE, type=SODMetric))
    mask = torch.eye(9, dtype=torch.long)[None]
    sample = SegDataSample(
        gt_sem_seg=PixelData(data=mask), seg_logits=PixelData(data=torch.cat([-mask, mask]) * 9.0)
    )
    evaluator.process(data_samples=[sample], data_batch={})
    scores = evaluator.evaluate(1)
    assert scores == pytest.approx({'MAE': 0, 'Sm': 1}, abs=1e-6)
    assert list(evaluated_curves(evaluator)) == ['images']


def test_other_evaluators_have_no_sod_metric():
    assert sod_metrics_of(dict(type='IoUMetric', metrics=['mIoU'])) == []
    assert sod_metrics_of([]) == []


def test_a_measure_that_there_is_not():
    with pytest.raises(ValueError, match='Expected measures out of MAE, maxF.* but got mae'):
        built(dict(type='SODMetric', metrics='mae'))


def test_maps_of_an_evaluator_that_writes_none():
    config = ConfigDict(test_evaluator=dict(type='IoUMetric'))
    with pytest.raises(SystemExit, match='^error: Expected a SODMetric in test_evaluator.*--out'):
        write_maps(config, 'maps')
    config = ConfigDict(test_evaluator=dict(metrics=[CHOICE]))
    write_maps(config, 'maps')
    assert config.test_evaluator.metrics[0].output_dir == 'maps'
