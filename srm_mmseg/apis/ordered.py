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
    pool: Executor,
    function: Callable[[T], R],
    items: Iterable[T],
    ahead: int,
    cost: Callable[[T], float] = lambda item: 0,
    most: float = 0,
) -> Iterator[R]:
    """Yield ``function(item)`` in the items' order; at most ``ahead`` items are in the pool.

    Args:
        pool: Runs the calls.
        function: What to call.
        items: Drawn from one by one, as results are taken.
        ahead: Calls under way or done and not yet taken, 1 or more.
        cost: What an item adds to the others in the pool, such as bytes.
        most: Cost of all items in the pool; one alone may cost more.

    Yields:
        The results. What a call raises is raised where its result would be.
    """
    remaining = iter(items)
    calls: deque[tuple[Future[R], float]] = deque()
    held: list[T] = []  # an item that is drawn and costs too much to join the others

    def submit() -> None:
        while len(calls) < ahead:
            held.extend(() if held else islice(remaining, 1))
            price = cost(held[0]) if held else 0
            if not held or (calls and sum(paid for _, paid in calls) + price > most):
                break
            calls.append((pool.submit(function, held.pop()), price))

    try:
        submit()
        while calls:
            result = calls.popleft()[0].result()
            submit()
            yield result
    finally:
        for call, _ in calls:
            call.cancel()


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Group items into lists of ``size``; the last may be shorter."""
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch
