"""Saliency measures as a metric of MMSegmentation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from mmseg.registry import METRICS
from torch import Tensor

from srm_mmseg.evaluation import functional


def saliency_of(data_sample: dict) -> np.ndarray:
    """Compute the 8-bit saliency map of a segmentor's prediction.

    Args:
        data_sample: What a segmentor predicts. ``seg_logits`` holds logits of background and
            foreground (2 x H x W), or the foreground's probability (1 x H x W: MMSegmentation
            has applied the sigmoid already).

    Returns:
        Map, H x W, uint8.

    Raises:
        ValueError: If the model has more than two channels.
    """
    scores = data_sample['seg_logits']['data'].float()
    if len(scores) > 2:
        raise ValueError(
            f'Expected a model of 1 or 2 output channels, but got {len(scores)}. '
            'Set num_classes=2 in the decode head.'
        )
    foreground = scores[0] if len(scores) == 1 else torch.softmax(scores, dim=0)[1]
    return functional.quantise(foreground.cpu().numpy())


@METRICS.register_module()
class SODMetric(BaseMetric):
    """MAE and F-measures of 8-bit saliency maps, exact on any number of processes.

    ``MAE``: mean absolute error. ``maxF``: maximum of the F curve averaged over images.
    ``maxF_pr``: maximum of F of precision and recall averaged over images, as in the tables of
    2017 to 2020, SRM's too. ``meanF``: mean of the averaged F curve. ``adpF``: F at the adaptive
    threshold. All from 0 to 1, with beta^2 = 0.3.

    Args:
        normalize: Stretch each map's values to 0..1 (min-max) before scoring, as PySODMetrics and
            the authors' test script do.
        output_dir: Folder to write each scored map to, as a grey PNG named after its image.
            ``tools/test.py --out`` sets it.
        keep_results: Accepted because ``--out`` sets it too; maps are kept whenever there is an
            ``output_dir``.
        collect_device: Where results of several processes are collected, 'cpu' or 'gpu'.
        prefix: Put before the names of the measures, as in ``prefix/MAE``.
    """

    def __init__(
        self,
        normalize: bool = True,
        output_dir: str | None = None,
        keep_results: bool = False,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.normalize = normalize
        self.output_dir = output_dir
        self._written: dict[Path, str] = {}

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Score a batch: one result an image, two 256-bin histograms and two scalars.

        Args:
            data_batch: The batch, unused.
            data_samples: Predictions with ``seg_logits`` and ``gt_sem_seg``.

        Raises:
            ValueError: If a mask is not of 0 and 1, or not of its image's size, or if two images
                would write their maps to one file.
        """
        for sample in data_samples:
            saliency = saliency_of(sample)
            if self.output_dir is not None:
                self._write(saliency, sample['img_path'])
            self.results.append(self._score(sample, saliency))

    def _write(self, saliency: np.ndarray, image: str) -> None:
        """Write a map, named after its image, to the output folder."""
        path = Path(self.output_dir or '', f'{Path(image).stem}.png')
        other = self._written.setdefault(path, image)
        if other != image:
            raise ValueError(
                f'Expected images of different names, but got {other!r} and {image!r}, whose maps '
                'would be one file. Test their folders one by one.'
            )
        functional.write_map(saliency, path)

    def _score(self, sample: dict, saliency: np.ndarray) -> tuple[np.ndarray, float, float]:
        """Compute an image's threshold histograms (2 x 256), MAE and adaptive F."""
        mask: Tensor = sample['gt_sem_seg']['data'].squeeze(0)
        try:
            histogram = functional.map_histogram(saliency, mask.cpu().numpy(), self.normalize)
        except ValueError as error:
            raise ValueError(
                f'{sample["seg_map_path"]}: {error} In the test pipeline LoadSaliencyMask comes '
                'after Resize, so that the mask keeps its size.'
            ) from error
        thresholds = np.array(histogram.by_threshold(), dtype=np.int32)
        return thresholds, functional.mae(histogram), functional.adaptive_f(histogram)

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Average over the images, and only then take the maximum over thresholds.

        Args:
            results: One result an image, gathered from all processes.

        Returns:
            ``MAE``, ``maxF``, ``maxF_pr``, ``meanF`` and ``adpF``.
        """
        thresholds, errors, adaptive = zip(*results)
        foreground, background = np.stack(thresholds, axis=1)
        precision, recall = functional.precision_recall(foreground, background)
        f_curve = functional.f_score(precision, recall).mean(axis=0)
        f_of_means = functional.f_score(precision.mean(axis=0), recall.mean(axis=0))
        print_log(
            f'SODMetric: {len(results)} images, beta^2 = {functional.BETA_SQUARED}, maps '
            f'{"min-max normalised" if self.normalize else "as predicted"}',
            logger='current',
        )
        return {
            'MAE': float(np.mean(errors)),
            'maxF': float(f_curve.max()),
            'maxF_pr': float(f_of_means.max()),
            'meanF': float(f_curve.mean()),
            'adpF': float(np.mean(adaptive)),
        }
