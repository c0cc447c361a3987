"""Scores of two maps that look at no image."""

import srm_mmseg.register  # noqa: F401  Comes first: it tells what to install.

# isort: split
import argparse
import sys
from collections.abc import Iterator

import cv2
import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS, METRICS
from prettytable import PrettyTable
from tqdm import tqdm

from srm_mmseg.engine.launch import load_config, plain_file_errors
from srm_mmseg.engine.preflight import look_for_data
from srm_mmseg.evaluation.sod_evaluator import sod_metrics_of

SIDE = 256  # of the mean mask


def masks(loader: dict, title: str) -> Iterator[tuple[str, np.ndarray]]:
    """Yield each mask at its own size, H x W, {0, 1}, behind the name of its data set."""
    loading = ('LoadSaliencyImage', 'LoadSaliencyMask')
    for one in loader['dataset'].get('datasets', [loader['dataset']]):
        pipeline = [step for step in one['pipeline'] if step['type'] in loading]
        dataset = DATASETS.build({**one, 'pipeline': pipeline})
        for index in tqdm(range(len(dataset)), desc=f'{title}, {dataset.name}', unit='mask'):
            yield dataset.name, dataset[index]['gt_seg_map']


def sample(prior: np.ndarray, dataset_name: str, mask: np.ndarray) -> dict:
    """Shape a map (SIDE x SIDE, 0 to 1) as the prediction of a model of one channel."""
    resized = cv2.resize(prior, mask.shape[::-1])
    return dict(
        dataset_name=dataset_name,
        seg_logits=dict(data=torch.from_numpy(resized)[None]),
        gt_sem_seg=dict(data=torch.from_numpy(mask)[None]),
    )


def mean_mask(masks: Iterator[tuple[str, np.ndarray]]) -> np.ndarray:
    """Average masks of any size; SIDE x SIDE, 0 to 1."""
    total, count = np.zeros((SIDE, SIDE)), 0
    for _, mask in masks:
        total += cv2.resize(mask.astype(np.float32), (SIDE, SIDE))
        count += 1
    return total / count


def run(args: argparse.Namespace) -> None:
    """Do what the arguments of the command ask for."""
    needs = ('train_dataloader.dataset', 'test_dataloader.dataset', 'test_evaluator')
    config = load_config(args, needs=needs)
    with plain_file_errors():
        look_for_data(config, 'train', 'test')
        print(score_table(config))


def score_table(config: Config) -> PrettyTable:
    """Score both maps on the config's test set, a column each."""
    init_default_scope(config.get('default_scope', 'mmseg'))
    mean = mean_mask(masks(config.train_dataloader, 'training'))
    priors = {'all black': np.zeros_like(mean), 'mean training mask': mean}
    found = sod_metrics_of(config.test_evaluator)
    if not found:
        sys.exit(f'error: Expected a SODMetric in test_evaluator, but got {config.test_evaluator}.')
    metrics = {name: METRICS.build(found[0]) for name in priors}
    for dataset_name, mask in masks(config.test_dataloader, 'test'):
        for name, prior in priors.items():
            metrics[name].process({}, [sample(prior, dataset_name, mask)])
    scores = {name: metric.evaluate(len(metric.results)) for name, metric in metrics.items()}
    table = PrettyTable(['measure', *scores])
    for measure in scores['all black']:
        table.add_row([measure, *(f'{values[measure]:.4f}' for values in scores.values())])
    return table
