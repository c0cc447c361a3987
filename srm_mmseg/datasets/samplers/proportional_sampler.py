"""Draw from several data sets in chosen proportions."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import torch
from mmengine.dataset import ConcatDataset, InfiniteSampler
from mmseg.registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class ProportionalSampler(InfiniteSampler):
    """An endless sampler of a ``ConcatDataset`` whose sets have a share each, whatever their sizes.

    The next image is of the set that is furthest behind its share, so that shares hold in each
    batch, on each process, as closely as whole images allow. Within a set all images come once, in
    a new random order, before any comes again; processes draw different ones. For
    ``IterBasedTrainLoop``.

    Args:
        dataset: A ``ConcatDataset``.
        proportions: A positive number a set, in any unit: [3, 1] draws three images of the first
            set to one of the second.
        seed: Of the random orders; the same on all processes. By default MMEngine's.

    Raises:
        TypeError: If the data set is no ``ConcatDataset``.
        ValueError: If there is not one positive number a set.

    Example:
        >>> from mmengine.dataset import BaseDataset
        >>> class Blank(BaseDataset):
        ...     def load_data_list(self):
        ...         return [dict()] * 90
        >>> dataset = ConcatDataset([Blank(), Blank(indices=10)])  # of 90 and of 10
        >>> sampler = ProportionalSampler(dataset, proportions=[3, 1], seed=0)
        >>> [int(index >= 90) for index in itertools.islice(sampler, 8)]
        [0, 0, 1, 0, 0, 0, 1, 0]
    """

    def __init__(
        self, dataset: ConcatDataset, proportions: Sequence[float], seed: int | None = None
    ) -> None:
        if not isinstance(dataset, ConcatDataset):
            raise TypeError(
                f'Expected a ConcatDataset, but got {type(dataset).__name__}. Put the data sets '
                "into dict(type='ConcatDataset', datasets=[...])."
            )
        sizes = [len(one) for one in dataset.datasets]
        if len(proportions) != len(sizes) or min(proportions) <= 0:
            raise ValueError(
                f'Expected a positive proportion for each of {len(sizes)} data sets, but got '
                f'{list(proportions)}. '
                'Give one number a set, and leave out sets that are not to be drawn from.'
            )
        super().__init__(dataset, shuffle=True, seed=seed)
        self.sizes = sizes
        self.shares = [proportion / sum(proportions) for proportion in proportions]

    def _indices_of_rank(self) -> Iterator[int]:
        """Yield this process's indices."""
        drawn = [0] * len(self.sizes)
        streams = [
            itertools.islice(self._indices_of_set(number), self.rank, None, self.world_size)
            for number in range(len(self.sizes))
        ]
        for count in itertools.count(1):
            behind = [share * count - done for share, done in zip(self.shares, drawn)]
            chosen = behind.index(max(behind))
            drawn[chosen] += 1
            yield next(streams[chosen])

    def _indices_of_set(self, number: int) -> Iterator[int]:
        """Yield a set's indices, one random order after another."""
        start = sum(self.sizes[:number])
        generator = torch.Generator().manual_seed(self.seed + number)
        while True:
            for index in torch.randperm(self.sizes[number], generator=generator).tolist():
                yield start + index
