"""Make a resumed training the one that was not stopped."""

from __future__ import annotations

from typing import Any

from mmengine.dataset import InfiniteSampler
from mmengine.dist import all_gather_object
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import IterBasedTrainLoop, Runner

from srm_mmseg.datasets.image_file import BadFileError
from srm_mmseg.engine.seeded_batches import MODEL, BatchesFromHere, SeededBatches, seed_all


@HOOKS.register_module()
class SeedIterationsHook(Hook):
    """Draw the random numbers of each iteration from the run's seed, the process and the iteration.

    Loading (order, augmentation, sizes, substitutes of bad files) and the model (dropout) then do
    not depend on the number of loading processes, nor on where a run was stopped. A resumed run goes
    on at the batch that comes next, in the middle of an epoch too, without loading those before.

    Raises:
        BadFileError: If processes go on from different iterations.

    Example:
        >>> import torch
        >>> drawn = []
        >>> for _ in range(2):  # the same seed, process and iteration
        ...     seed_all(0, 0, 7, MODEL)
        ...     drawn.append(torch.rand(3).tolist())
        >>> drawn[0] == drawn[1]
        True
    """

    def before_train(self, runner: Runner) -> None:
        """Number the batches of the training's loader."""
        iterations = all_gather_object(runner.iter)
        if len(set(iterations)) > 1:
            raise BadFileError(
                'Expected all processes to resume from the same checkpoint, but they begin after '
                f'iteration {", ".join(map(str, iterations))}. Use a work folder that all machines '
                'share, or copy it to each.'
            )
        loop = runner.train_loop
        loader, endless = loop.dataloader, isinstance(loop, IterBasedTrainLoop)
        if loader.batch_sampler is None:  # a data set that makes its own batches
            self.batches = None
            return
        sampler = loader.sampler
        if not hasattr(sampler, 'set_epoch'):
            sampler = getattr(loader.batch_sampler, 'sampler', None)
        if isinstance(sampler, InfiniteSampler):
            sampler.indices = sampler._indices_of_rank()  # workers of MMEngine 0.10.7 have begun
        key = (runner.seed, runner.rank)
        self.batches = SeededBatches(loader.batch_sampler, sampler, endless, key)
        # PyTorch refuses this by `loader.batch_sampler = `, as it comes too late for an iterator.
        vars(loader)['batch_sampler'] = self.batches
        loader._iterator = None
        if endless:
            asked = 0 if hasattr(loop.dataloader_iterator, 'skip_iter') else runner.iter
            loop.dataloader_iterator = BatchesFromHere(loader, asked)

    def before_train_epoch(self, runner: Runner) -> None:
        """Begin at the batch of the next iteration."""
        if self.batches is not None:
            began = runner.message_hub.get_info('epoch_began', runner.iter)
            self.batches.first = runner.iter
            self.batches.skipped = runner.iter - (0 if self.batches.endless else began)
            runner.message_hub.update_info('epoch_began', began)

    def after_train_epoch(self, runner: Runner) -> None:
        """Note where the next epoch begins, for a checkpoint in the middle of it."""
        runner.message_hub.update_info('epoch_began', runner.iter)

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """Seed the model's random numbers."""
        seed_all(runner.seed, runner.rank, runner.iter, MODEL)
