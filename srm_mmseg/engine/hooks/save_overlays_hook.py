"""Pictures of what a test finds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from srm_mmseg.datasets.image_file import read_photograph
from srm_mmseg.saliency.encode import encode
from srm_mmseg.saliency.map_tensors import saliency_of
from srm_mmseg.saliency.pictures import overlay
from srm_mmseg.whole_file import write_whole


@HOOKS.register_module()
class SaveOverlaysHook(Hook):
    """Paints the object that a test finds red, and the rest of the photograph darker.

    The toolbox's ``SegVisualizationHook`` paints both classes and writes their names over the object.

    Args:
        out_dir: Folder to write ``dataset_name/stem.png`` to; None writes nothing.
        show: Whether to show each picture in a window.
        wait_time: Seconds that a window stays; 0 waits for a key.

    Example:
        >>> HOOKS.build(dict(type='SaveOverlaysHook', out_dir='painted')).out_dir
        'painted'
    """

    def __init__(
        self, out_dir: str | None = None, show: bool = False, wait_time: float = 2
    ) -> None:
        self.out_dir = out_dir
        self.show = show
        self.wait_time = wait_time

    def after_test_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Sequence[Any] | None = None,
    ) -> None:
        """Draw the images of a batch."""
        for sample in outputs or ():
            picture = overlay(read_photograph(sample.img_path), saliency_of(sample.to_dict()))
            stem = sample.get('stem', Path(sample.img_path).stem)
            if self.out_dir is not None:
                path = Path(self.out_dir, sample.get('dataset_name', ''), f'{stem}.png')
                write_whole(encode(picture), path)
            if self.show:
                runner.visualizer.show(picture, stem, wait_time=self.wait_time)
