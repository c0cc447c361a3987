"""The data sets of a config that are within others; importing it needs no toolbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def leaves(dataset: Any) -> Iterator[dict]:
    """Yield the configs of the data sets within wrappers (``ConcatDataset``, ``RepeatDataset``, ...).

    Args:
        dataset: A data set's config, a list of them, or None.

    Yields:
        The configs themselves, so that a change of them is one of the whole.
    """
    if isinstance(dataset, (list, tuple)):
        for part in dataset:
            yield from leaves(part)
    elif dataset and ('datasets' in dataset or 'dataset' in dataset):
        yield from leaves(dataset.get('datasets', dataset.get('dataset')))
    elif dataset:
        yield dataset
