"""Show in pictures how a model learns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain, count
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from mmseg.structures import SegDataSample

from srm_mmseg.saliency.eight_bits import quantise
from srm_mmseg.saliency.pictures import side_by_side
from srm_mmseg.saliency.saliency_graph import SaliencyGraph
from srm_mmseg.saliency.stages import stage_numbers

LONGEST_NAME = 200  # bytes; file systems take 255, prefix, iteration and suffix included


@HOOKS.register_module()
class SaliencyPicturesHook(Hook):
    """Draw the same validation images every few iterations and at each validation.

    A picture is a strip at the network's size: image | mask | S1 | ... | ST | error, which is the
    absolute difference of ST from the mask. It goes to every backend of the visualizer, such as
    ``LocalVisBackend`` (``vis_data/vis_image/saliency_STEM_ITERATION.png`` in the run's folder) and
    ``TensorboardVisBackend``. The backends take pixels, and each writes them its own way, so that
    :func:`~srm_mmseg.saliency.encode.encode` has no part in it, and a killed run may leave its last
    picture unfinished. Each image has a name of its own: see :func:`picture_name`. The model is an ``EncoderDecoder`` with an ``SRMHead``.

    Args:
        interval: Iterations of training from picture to picture; 0 draws at validations alone.
        samples: How many images of the validation set to draw; they are spread over it evenly.

    Raises:
        ValueError: If ``samples`` is less than 1 or ``interval`` negative.

    Example:
        >>> hook = HOOKS.build(dict(type='SaliencyPicturesHook', interval=500, samples=4))
        >>> sample = SegDataSample(metainfo=dict(img_path='images/a b.jpg', dataset_name='ECSSD'))
        >>> picture_name(sample, is_of_many=True, taken=[])
        'ECSSD_a_b'
    """

    def __init__(self, interval: int = 500, samples: int = 4) -> None:
        if samples < 1 or interval < 0:
            raise ValueError(
                'Expected samples to be at least 1 and interval at least 0, but got '
                f'samples={samples} and interval={interval}.'
            )
        self.interval = interval
        self.samples = samples
        self._drawn = -1

    def before_train(self, runner: Runner) -> None:
        """Refuse a run without validation, whose images are drawn."""
        if runner.val_loop is None:
            raise ValueError(
                'Expected val_dataloader, val_cfg and val_evaluator, as SaliencyPicturesHook draws '
                'images of the validation set, but there are none. Set them, or leave out the hook.'
            )

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Draw every ``interval`` iterations."""
        if self.every_n_train_iters(runner, self.interval):
            self._draw(runner, runner.iter + 1)

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Draw after a validation."""
        self._draw(runner, runner.iter)

    @master_only
    def _draw(self, runner: Runner, iteration: int) -> None:
        """Send the pictures of an iteration to the visualizer, once."""
        if iteration == self._drawn:
            return
        self._drawn = iteration
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        dataset = runner.val_dataloader.dataset
        is_of_many = len(getattr(dataset, 'datasets', ())) > 1
        was_training = model.training
        names: list[str] = []
        try:
            for index in np.linspace(0, len(dataset) - 1, min(self.samples, len(dataset))):
                sample = dataset[int(index)]
                names.append(picture_name(sample['data_samples'], is_of_many, names))
                picture = learning_strip(model, sample)
                runner.visualizer.add_image(f'saliency_{names[-1]}', picture, step=iteration)
        finally:
            model.train(was_training)


def picture_name(sample: SegDataSample, is_of_many: bool, taken: Sequence[str]) -> str:
    """Name an image's pictures: letters, digits, ``_``, ``-`` and ``.``, which file systems and TensorBoard keep.

    Args:
        sample: What a test pipeline packs.
        is_of_many: Whether there are several data sets, so that the image's own is named too.
        taken: Names of other images. One that is among them, in whatever case, gets a number.
    """
    stem = sample.get('stem', Path(sample.img_path).stem)
    parts = (sample.get('dataset_name', ''), stem) if is_of_many else (stem,)
    name = re.sub(r'[^-.\w]', '_', '_'.join(parts))
    name = name.encode()[-LONGEST_NAME:].decode(errors='ignore')
    others = {each.casefold() for each in taken}
    numbered = (f'{name}-{number}' for number in count(2))
    return next(each for each in chain([name], numbered) if each.casefold() not in others)


@torch.no_grad()
def learning_strip(model: Any, sample: dict) -> np.ndarray:
    """Draw a sample, its mask, every stage's map and the last one's error side by side.

    Args:
        model: An ``EncoderDecoder`` with an ``SRMHead``; it is left in evaluation mode.
        sample: What a test pipeline packs: ``inputs`` (3 x H x W, BGR, uint8) and ``data_samples``.

    Returns:
        RGB, uint8, shape H x (T + 3) W x 3.
    """
    stages = stage_numbers(len(model.decode_head.in_channels))
    image = sample['inputs'].permute(1, 2, 0)
    device = next(model.parameters()).device
    [maps] = SaliencyGraph(model, stages)(image[None].to(device))
    maps = maps[0].cpu().numpy()
    height, width = maps.shape[1:]
    mask = sample['data_samples'].gt_sem_seg.data[0].numpy().astype(np.float32)
    mask = cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA).clip(0, 1)
    panels = quantise(np.stack([mask, *maps, np.abs(maps[-1] - mask)]))
    return side_by_side(image.numpy()[..., ::-1], panels)
