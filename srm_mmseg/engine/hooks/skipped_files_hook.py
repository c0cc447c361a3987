"""Count the training pairs that could not be read."""

from __future__ import annotations

from collections import Counter
from typing import Any

from mmengine.dist import all_gather_object
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from srm_mmseg.terminal import counted


@HOOKS.register_module()
class SkippedFilesHook(Hook):
    """Say at the end of a training how many samples were replaced, and which files are to blame.

    It counts what ``SODDataset(skip_bad_files=True)`` skips, over all processes. Without a skipped
    file it is silent.

    Example:
        >>> from mmseg.structures import SegDataSample
        >>> hook = HOOKS.build(dict(type='SkippedFilesHook'))
        >>> hook.before_train(runner=None)
        >>> sample = SegDataSample(metainfo=dict(skipped_files=['images/broken.jpg']))
        >>> hook.after_train_iter(runner=None, batch_idx=0, data_batch=dict(data_samples=[sample]))
        >>> hook.skipped
        Counter({'images/broken.jpg': 1})
    """

    def before_train(self, runner: Runner) -> None:
        """Start at zero."""
        self.skipped: Counter[str] = Counter()

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: dict | None = None
    ) -> None:
        """Count the skipped files of a batch."""
        for sample in data_batch['data_samples']:
            self.skipped.update(sample.metainfo.get('skipped_files', ()))

    def after_train(self, runner: Runner) -> None:
        """Log the sum of all processes."""
        total: Counter[str] = sum(all_gather_object(self.skipped), Counter())
        if total:
            files = ', '.join(
                f'{path} ({counted(count, "time")})' for path, count in total.most_common()
            )
            runner.logger.warning(
                f'{counted(total.total(), "sample was", "samples were")} replaced, because '
                f'{counted(len(total), "pair")} could not be '
                f'read: {files}. Repair them, or leave their names out of ann_file.'
            )
