"""Checkpoints that a kill at any moment leaves whole."""

from __future__ import annotations

import hashlib
import io
import os.path as osp
from bisect import bisect
from typing import Any

import torch
from mmengine.dist import all_reduce_params, is_main_process, master_only
from mmengine.hooks import CheckpointHook, EMAHook
from mmengine.registry import HOOKS
from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop, Runner

from srm_mmseg.engine.checkpoint import load_from_local
from srm_mmseg.engine.whole_files import WholeFilesBackend
from srm_mmseg.evaluation.measures import measure_of


def validation_follows(runner: Runner, by_epoch: bool) -> bool:
    """Tell whether the loop validates right after the epoch, or the iteration, that it is at the end of."""
    loop = runner.train_loop
    counted = EpochBasedTrainLoop if by_epoch else IterBasedTrainLoop
    if runner.val_loop is None or not isinstance(loop, counted):
        return False
    step, last = (loop.epoch + 1, loop.max_epochs) if by_epoch else (loop.iter + 1, loop.max_iters)
    interval = loop.dynamic_intervals[bisect(loop.dynamic_milestones, step + 1) - 1]
    return step >= loop.val_begin and (step % interval == 0 or step == last)


def average_statistics(runner: Runner) -> None:
    """Average the buffers of all processes: the batch norm statistics of the model and of its EMA.

    A checkpoint holds those of one process. ``SyncBuffersHook`` averages the model's alone, and
    within an epoch before validations alone.
    """
    averages = [hook.ema_model for hook in runner.hooks if isinstance(hook, EMAHook)]
    for model in (runner.model, *averages):
        all_reduce_params(model.buffers(), op='mean')


@HOOKS.register_module()
class WholeCheckpointHook(CheckpointHook):
    """``CheckpointHook`` with an order of steps in which nothing can be lost.

    A checkpoint is whole or not there. When it is there, ``last_checkpoint`` names it, and only
    then what it outdates is removed: older checkpoints beyond ``max_keep_ckpts``, the best before.
    It notes whether a validation follows: a resumed run first makes up for one that was cut off. A
    work folder that was moved or copied keeps to its own files. ``save_best`` needs no ``rule`` for a
    measure of ``SODMetric``. With several processes it holds the
    mean of their batch norm statistics, and all go on from it.

    Args:
        backend_args: As in ``CheckpointHook``; by default local files, written whole.
        **kwargs: Arguments of ``CheckpointHook``.

    Example:
        >>> hook = HOOKS.build(
        ...     dict(type='WholeCheckpointHook', interval=5, save_best='MAE', rule='less')
        ... )
        >>> hook.backend_args
        {'backend': 'whole'}
    """

    def __init__(self, backend_args: dict | None = None, **kwargs: Any) -> None:
        remote = kwargs.get('file_client_args') or '://' in str(kwargs.get('out_dir'))
        if backend_args is None and not remote:
            backend_args = dict(backend='whole')
        super().__init__(backend_args=backend_args, **kwargs)
        self._outdated: list[str] = []
        self._saved = False

    def _init_rule(self, rules: list[str | None], key_indicators: list[str]) -> None:
        """Take the rule of a saliency measure from its record; MMEngine knows some other scores'."""
        if len(rules) == 1:
            rules = rules * len(key_indicators)
        measures = map(measure_of, key_indicators)
        known = [measure.rule if measure else None for measure in measures]
        super()._init_rule([rule or own for rule, own in zip(rules, known)], key_indicators)

    def before_train(self, runner: Runner) -> None:
        """Take up the files of a resumed run, and its last validation if that was cut off."""
        super().before_train(runner)
        self._remove = self.file_backend.remove
        self.file_backend.remove = self._outdated.append  # until what replaces it is whole
        hub = runner.message_hub
        for key in [key for key in hub.runtime_info if key.startswith(('best_ckpt', 'last_ckpt'))]:
            hub.update_info(key, self._here(hub.get_info(key)))
        self.last_ckpt = hub.get_info('last_ckpt')  # or MMEngine does not note a new best
        if getattr(self, 'best_ckpt_path', None):
            self.best_ckpt_path = hub.get_info('best_ckpt')
        for key in getattr(self, 'best_ckpt_path_dict', {}):
            self.best_ckpt_path_dict[key] = hub.get_info(f'best_ckpt_{key}')
        self._outdated += [self._here(path) for path in hub.get_info('outdated_ckpts', [])]
        self._remove_outdated()
        if hub.get_info('due_validation', False) and runner.val_loop is not None:
            runner.logger.info('The validation after the resumed checkpoint is made up for.')
            runner.val_loop.run()

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float]) -> None:
        """Save the best checkpoint, and in the last one that it was validated."""
        hub = runner.message_hub
        due = hub.get_info('due_validation', False)
        hub.update_info('due_validation', False)
        self._saved = False
        average_statistics(runner)
        super().after_val_epoch(runner, metrics)
        if due and not self._saved:
            step = runner.epoch if self.by_epoch else runner.iter
            meta = dict(epoch=runner.epoch, iter=runner.iter)
            self._save_checkpoint_with_step(runner, step, meta)
        self._remove_outdated()

    def _save_checkpoint(self, runner: Runner) -> None:
        """Save a checkpoint after an epoch or an iteration."""
        follows = validation_follows(runner, self.by_epoch)
        runner.message_hub.update_info('due_validation', follows)
        average_statistics(runner)
        super()._save_checkpoint(runner)

    def _save_checkpoint_with_step(self, runner: Runner, step: int, meta: dict) -> None:
        """Write a checkpoint, then its name, then remove what it outdates."""
        hub = runner.message_hub
        if self.max_keep_ckpts > 0 and step not in self.keep_ckpt_ids:
            if len(self.keep_ckpt_ids) == self.max_keep_ckpts:
                self._outdated.append(self._here(self.filename_tmpl.format(self.keep_ckpt_ids[0])))
            self.keep_ckpt_ids.append(step)
            hub.update_info('keep_ckpt_ids', list(self.keep_ckpt_ids))
        name = self.filename_tmpl.format(step)
        self.last_ckpt = self._here(name)
        hub.update_info('last_ckpt', self.last_ckpt)
        hub.update_info('outdated_ckpts', list(self._outdated))
        runner.save_checkpoint(
            self.out_dir,
            name,
            self.file_client_args,
            save_optimizer=self.save_optimizer,
            save_param_scheduler=self.save_param_scheduler,
            meta=meta,
            by_epoch=self.by_epoch,
            backend_args=self.backend_args,
            **self.args,
        )
        if is_main_process():
            pointer = osp.join(runner.work_dir, 'last_checkpoint')
            WholeFilesBackend().put_text(self.last_ckpt, pointer)
        self._saved = True
        self._remove_outdated()

    def _here(self, path: str) -> str:
        """Name the file of a path's name in the folder of this run."""
        return self.file_backend.join_path(self.out_dir, osp.basename(path))

    def _remove_outdated(self) -> None:
        """Remove the files that others have taken the place of."""
        best = getattr(self, 'best_ckpt_path_dict', {}).values()
        in_use = {self.last_ckpt, getattr(self, 'best_ckpt_path', None), *best}
        for path in self._outdated:
            if is_main_process() and path not in in_use and self.file_backend.isfile(path):
                self._remove(path)
        self._outdated.clear()

    @master_only
    def _publish_model(self, runner: Runner, ckpt_path: str) -> None:
        """Write the chosen keys of a checkpoint to a file whose name ends in its digest."""
        checkpoint = load_from_local(ckpt_path)
        data = io.BytesIO()
        torch.save({key: checkpoint[key] for key in checkpoint if key in self.published_keys}, data)
        digest = hashlib.sha256(data.getvalue()).hexdigest()[:8]
        path = f'{osp.splitext(ckpt_path)[0]}-{digest}.pth'
        self.file_backend.put(data.getvalue(), path)
        runner.logger.info(f'The checkpoint {ckpt_path} is published as {path}.')
