"""Random numbers of training that follow from the seed and the iteration, not from what ran before."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Sampler

LOADING, MODEL = range(2)  # what draws random numbers in an iteration


def seed_all(*key: int) -> None:
    """Seed the generators of Python, NumPy and PyTorch of this process.

    Args:
        key: Numbers of at least 0. Keys that differ in one number give unrelated random numbers.
    """
    seed = int(np.random.SeedSequence(key).generate_state(1)[0])
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


class SeededBatch(list):
    """Indices of a batch that seed the process which loads it.

    PyTorch hands them to a loading process, or to none, and there goes through them once to load
    sample after sample and then to collate: the batch is the same whoever loads it, and when.

    Args:
        indices: What the batch sampler has chosen.
        key: As in :func:`seed_all`.
    """

    def __init__(self, indices: Sequence[int], key: tuple[int, ...]) -> None:
        super().__init__(indices)
        self.key = key

    def __iter__(self) -> Iterator[int]:
        seed_all(*self.key)
        return super().__iter__()

    def __reduce__(self) -> tuple:
        return SeededBatch, (self[:], self.key)  # a slice does not go through them


class SeededBatches(Sampler):
    """A batch sampler whose batches are numbered by iteration, from any iteration on.

    Args:
        batches: The batch sampler that chooses the indices.
        sampler: The sampler of single indices behind it, whose order depends on the epoch.
        endless: Whether to begin anew, in the order of the next epoch, after the last batch.
        key: The run's seed and the process's rank.
    """

    def __init__(self, batches: Any, sampler: Any, endless: bool, key: tuple[int, int]) -> None:
        self.batches = batches
        self.sampler = sampler
        self.batch_size = getattr(batches, 'batch_size', None)
        self.endless = endless
        self.key = key
        self.first = 0  # iteration of the next batch
        self.skipped = 0  # batches of the order that were trained on before

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[SeededBatch]:
        batches = self._repeated() if self.endless else iter(self.batches)
        left = itertools.islice(batches, self.skipped, None)
        for iteration, indices in enumerate(left, self.first):
            yield SeededBatch(indices, (*self.key, iteration, LOADING))

    def _repeated(self) -> Iterator[list[int]]:
        """Go through the batches again and again, as long as there are any."""
        for epoch in itertools.count():
            if hasattr(self.sampler, 'set_epoch'):
                self.sampler.set_epoch(epoch)
            indices = None
            for indices in self.batches:
                yield indices
            if indices is None:
                return


class BatchesFromHere:
    """What ``IterBasedTrainLoop`` takes batches from when its loader begins at the right one.

    Args:
        loader: The loader.
        asked: How many batches the loop draws to drop them: what it has trained on, in MMEngine
            0.10.7, which knows no ``skip_iter``. They are not loaded.
    """

    def __init__(self, loader: DataLoader, asked: int) -> None:
        self.loader = loader
        self.asked = asked
        self.iterator: Iterator | None = None

    def skip_iter(self, num_iters: int) -> None:
        """Do nothing: the loader has skipped them."""

    def __iter__(self) -> BatchesFromHere:
        return self

    def __next__(self) -> Any:
        if self.asked > 0:
            self.asked -= 1
            return None
        if self.iterator is None:
            self.iterator = iter(self.loader)
        return next(self.iterator)
