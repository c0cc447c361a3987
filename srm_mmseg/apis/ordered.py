"""Run a function beside what consumes its results, in order and with bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from itertools import islice
from typing import TypeVar

T = TypeVar('T')
R = TypeVar('R')


def mapped(
    pool: Executor, function: Callable[[T], R], items: Iterable[T], ahead: int
) -> Iterator[R]:
    """Yield ``function(item)`` in the items' order; at most ``ahead`` items are in the pool.

    Args:
        pool: Runs the calls.
        function: What to call.
        items: Drawn from one by one, as results are taken.
        ahead: Calls under way or done and not yet taken, 1 or more.

    Yields:
        The results. What a call raises is raised where its result would be.
    """
    remaining = iter(items)
    calls: deque[Future[R]] = deque()
    try:
        calls.extend(pool.submit(function, item) for item in islice(remaining, ahead))
        while calls:
            result = calls.popleft().result()
            calls.extend(pool.submit(function, item) for item in islice(remaining, 1))
            yield result
    finally:
        for call in calls:
            call.cancel()


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Group items into lists of ``size``; the last may be shorter."""
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch
