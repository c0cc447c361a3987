"""Saliency measures as a metric of MMSegmentation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.dist import all_gather_object
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from mmengine.structures import BaseDataElement
from mmseg.registry import METRICS
from prettytable import PrettyTable

from srm_mmseg.evaluation import functional
from srm_mmseg.evaluation.map_score import MapScore, average_scores, check_measures, score_map
from srm_mmseg.evaluation.measures import MEASURES, Curves
from srm_mmseg.saliency.eight_bits import quantise
from srm_mmseg.saliency.encode import encode
from srm_mmseg.saliency.last_stages import taken
from srm_mmseg.saliency.map_tensors import foreground_of, saliency_of
from srm_mmseg.whole_file import write_whole


def note_written(written: dict[Path, str], path: Path, image: str) -> None:
    """Note which image's map a file is.

    Raises:
        ValueError: If it is another's already.
    """
    other = written.setdefault(path, image)
    if other != image:
        raise ValueError(
            f'Expected images of different names, but got {other!r} and {image!r}, whose maps '
            f'would both be {str(path)!r}. Give their data sets a dataset_name each, and pack '
            'it with PackSaliencyInputs.'
        )


def name_of(*parts: str) -> str:
    """Join the parts of a score's name that are not empty: ``ECSSD/S1/MAE``."""
    return '/'.join(filter(None, parts))


def stage_maps(sample: dict, index: int, stretch: bool) -> Iterator[tuple[str, np.ndarray]]:
    """Compute the 8-bit map of each stage of an image that was just predicted.

    Args:
        sample: What the segmentor has predicted.
        index: Its index in the batch.
        stretch: As of :func:`~srm_mmseg.saliency.map_tensors.foreground_of`.

    Yields:
        Name, S1 first, and map, H x W, uint8.

    Raises:
        ValueError: If the segmentor has no stages, or the prediction is not of one of them alone.
    """
    predicted, scores = taken(), sample['seg_logits']['data']
    stages: list[torch.Tensor] = []
    if predicted is not None and index < len(predicted.logits[0]):
        stages = predicted.scores(index, tuple(scores.shape[1:]))
    if not (predicted and stages and torch.equal(stages[predicted.chosen - 1], scores)):
        raise ValueError(
            'Expected maps of an SRMHead with stages=True, each of a prediction of the whole image, but '
            'got others. Leave out --tta, windows that slide (test_cfg.mode) and padding, or stages=True.'
        )
    for number, each in enumerate(stages, 1):
        yield f'S{number}', quantise(foreground_of(each, stretch).cpu().numpy())


@METRICS.register_module()
class SODMetric(BaseMetric):
    """The measures of salient object detection, exact on any number of processes.

    From 0 to 1, of 8-bit maps; E-measure to n / (n - 1) of n pixels. ``MAE``: mean absolute error. ``maxF``: maximum of the F curve
    averaged over images. ``maxF_pr``: maximum of F of precision and recall averaged over images, as
    in the tables of 2017 to 2020, SRM's too. ``meanF``: mean of the averaged F curve. ``adpF``: F at
    the adaptive threshold. ``wF``: weighted F (beta^2 = 1). ``Sm``: S-measure (alpha = 0.5).
    ``maxE``, ``meanE``, ``adpE``: E-measure, as F. beta^2 = 0.3 in all but ``wF``.

    Samples of several data sets, told apart by ``dataset_name``, are scored apart: the measures are
    then named as in ``ECSSD/MAE``. After an evaluation ``curves`` holds each data set's
    :class:`~srm_mmseg.evaluation.map_score.Curves` by its name, in the main process.

    Args:
        metrics: Names of the measures to compute, or one name.
        normalize: Stretch each map's values to 0..1 (min-max) before scoring, as PySODMetrics and
            the authors' test script do.
        stretch_maps: Min-max normalise each map before it is rounded to 8 bits, scored and written:
            the protocol of the authors' test script. ``normalize`` leaves a written map as it is.
        output_dir: Folder to write each scored map to, as the grey PNG ``dataset_name/stem.png``.
            ``tools/test.py --out`` sets it.
        stages: Score every stage of an ``SRMHead`` too, from one prediction: ``S1/MAE``, ... beside the
            tested stage's ``MAE``; with several data sets ``ECSSD/S1/MAE``.
        keep_results: Accepted because ``--out`` sets it too; maps are kept whenever there is an
            ``output_dir``.
        collect_device: Where results of several processes are collected, 'cpu' or 'gpu'.
        prefix: Put before the names of the measures, as in ``prefix/MAE``.
        collect_dir: Folder that all processes share, to collect results in with 'cpu'.

    Raises:
        ValueError: If ``metrics`` names a measure that there is not.

    Example:
        >>> from mmengine.structures import PixelData
        >>> from mmseg.structures import SegDataSample
        >>> mask = torch.zeros(1, 8, 8)
        >>> mask[:, 2:6, 2:6] = 1
        >>> logits = torch.cat([-9 * mask, 9 * mask])  # background, foreground
        >>> sample = SegDataSample(seg_logits=PixelData(data=logits), gt_sem_seg=PixelData(data=mask))
        >>> sample.set_metainfo(dict(img_path='a.jpg', seg_map_path='a.png'))
        >>> metric = SODMetric(metrics=['MAE', 'maxF'])
        >>> metric.process({}, [sample])
        >>> metric.evaluate(size=1)
        {'MAE': 0.0, 'maxF': 1.0}
    """

    def __init__(
        self,
        metrics: str | Sequence[str] = MEASURES,
        normalize: bool = True,
        stretch_maps: bool = False,
        output_dir: str | None = None,
        keep_results: bool = False,
        collect_device: str = 'cpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
        stages: bool = False,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix, collect_dir=collect_dir)
        self.metrics = check_measures(metrics)
        self.normalize = normalize
        self.stretch_maps = stretch_maps
        self.output_dir = output_dir
        self.stages = stages
        self.curves: dict[str, Curves] = {}
        self._written: dict[Path, str] = {}

    def process(self, data_batch: dict, data_samples: Sequence[Any]) -> None:
        """Score a batch: one result an image, its data set's name and its ``MapScore`` by stage.

        Args:
            data_batch: The batch, unused.
            data_samples: Predictions with ``seg_logits`` and ``gt_sem_seg``, as a dict each or as the
                segmentor gives them: ``dict(type=SODMetric, metrics=...)``, with the class and not
                its name, makes the metric itself the loop's evaluator.

        Raises:
            ValueError: If a mask is not of 0 and 1, or not of its image's size, if two images would
                write their maps to one file, or if there are no stages to score.
        """
        for index, sample in enumerate(data_samples):
            if isinstance(sample, BaseDataElement):  # of a loop whose evaluator is this metric
                sample = sample.to_dict()
            saliency = saliency_of(sample, self.stretch_maps)
            if self.output_dir is not None:
                self._write(saliency, sample)
            scores = {'': self._score(sample, saliency)}
            for stage, one in stage_maps(sample, index, self.stretch_maps) if self.stages else ():
                scores[stage] = self._score(sample, one)
            self.results.append((sample.get('dataset_name', ''), scores))

    def _write(self, saliency: np.ndarray, sample: dict) -> None:
        """Write a map, named after its data set and image, to the output folder."""
        image = sample['img_path']
        stem = sample.get('stem', Path(image).stem)
        path = Path(self.output_dir or '', sample.get('dataset_name', ''), f'{stem}.png')
        note_written(self._written, path, image)
        write_whole(encode(saliency, path.suffix), path)

    def evaluate(self, size: int) -> dict[str, float]:
        """Gather the results of all processes and compute the measures.

        Args:
            size: Images of the data sets.

        Raises:
            ValueError: If two processes wrote the maps of two images to one file.
        """
        written: dict[Path, str] = {}
        for of_a_process in all_gather_object(self._written):
            for path, image in of_a_process.items():
                note_written(written, path, image)
        return super().evaluate(size)

    def _score(self, sample: dict, saliency: np.ndarray) -> MapScore:
        """Score a map, or name the mask that does not fit it."""
        mask = sample['gt_sem_seg']['data'].squeeze(0).to(torch.uint8).cpu().numpy()
        try:
            return score_map(saliency, mask, self.normalize, self.metrics)
        except ValueError as error:
            raise ValueError(
                f'{sample["seg_map_path"]}: {error} In the test pipeline LoadSaliencyMask comes '
                'after Resize, so that the mask keeps its size.'
            ) from error

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Average each data set's scores.

        Args:
            results: One result an image, gathered from all processes.

        Returns:
            The measures by name, those of stages by ``S1/name``; with several data sets by
            ``dataset_name/name`` and ``dataset_name/S1/name``.

        Raises:
            ValueError: If there is no result.
        """
        if not results:
            raise ValueError('Expected at least one image to score, but got none.')
        together: dict[tuple[str, str], list[MapScore]] = {}
        for name, scores in results:
            for stage, score in scores.items():
                together.setdefault((name, stage), []).append(score)
        rows, counts = {}, {}
        for (name, stage), of_images in together.items():
            row = name_of(name, stage)
            rows[row], self.curves[row] = average_scores(of_images, self.metrics)
            counts[row] = len(of_images)
        self._log_table(rows, counts)
        names = {name for name, _ in together}
        if len(names) == 1:
            rows = dict(zip((stage for _, stage in together), rows.values()))
        return {name_of(row, key): one[key] for row, one in rows.items() for key in one}

    def _log_table(self, rows: dict[str, dict[str, float]], counts: dict[str, int]) -> None:
        """Log a row a data set, below the conventions."""
        table = PrettyTable(['data set', 'images', *self.metrics])
        for name, row in rows.items():
            table.add_row([name, counts[name], *(f'{value:.4f}' for value in row.values())])
        print_log(
            f'SODMetric: maps of 8 bits, {"" if self.normalize else "not "}min-max normalised, '
            f'beta^2 = {functional.BETA_SQUARED}\n{table}',
            logger='current',
        )
