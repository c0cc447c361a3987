"""Find out which process of a distributed run does not answer."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread

import torch.distributed as dist

PATIENCE = 5.0
"""Seconds in which processes that have lost one say so: they notice at about the same time."""


class LostRankError(RuntimeError):
    """A process of a distributed run that does not answer; the message names its rank."""


@contextmanager
def lost_ranks_named(
    store: dist.Store, rank: int, world_size: int, timeout: timedelta
) -> Iterator[None]:
    """Name the processes that do not answer when the connection to one is lost or times out.

    Every process that notices says so in the store. Those that say nothing are the lost ones. On a
    machine one process tells; the others end without a word.

    Args:
        store: The store that all processes share.
        rank: This process's rank.
        world_size: The number of processes.
        timeout: What the process group was started with.

    Raises:
        LostRankError: In the place of an error of the connection.
        SystemExit: The same, where another process of this machine tells.
    """
    try:
        yield
    except RuntimeError as error:
        if not is_connection_error(error):
            raise
        silent = silent_ranks(store, rank, world_size)
        if silent is not None and store.add(f'told/{socket.gethostname()}/{silent}', 1) > 1:
            sys.exit(1)
        raise LostRankError(told_of(silent, world_size, timeout, error)) from error


def is_connection_error(error: RuntimeError) -> bool:
    """Whether gloo or the store has lost another process."""
    return isinstance(error, dist.DistError) or '/gloo/' in str(error)


def silent_ranks(store: dist.Store, rank: int, world_size: int) -> list[int] | None:
    """List the ranks that do not say within ``PATIENCE`` that they have lost one too.

    Returns:
        The ranks; None if the store itself does not answer.
    """
    found: list[list[int]] = []

    def ask() -> None:
        try:
            store.set(f'waits/{rank}', '1')
            time.sleep(PATIENCE)
            others = range(world_size)
            found.append([other for other in others if not store.check([f'waits/{other}'])])
        except RuntimeError:
            return

    # In a thread: a store behind a cut cable answers neither with a value nor with an error.
    thread = Thread(target=ask, daemon=True)
    thread.start()
    thread.join(2 * PATIENCE)
    return found[0] if found else None


def told_of(silent: list[int] | None, world_size: int, timeout: timedelta, error: Exception) -> str:
    """Tell in a line who does not answer, and what to do."""
    waited = has_waited(error)
    verb = 'did not' if waited else 'has ended, or its network is cut'
    if silent is None:
        what = f'the machine of rank 0 (MASTER_ADDR) {verb}'
    elif silent:
        what = f'rank {", ".join(map(str, silent))} {verb}'
    else:
        what = f'a connection was lost ({" ".join(str(error).split())[:200]})'
    if not waited:
        return (
            f'Expected all {world_size} processes to run to the end, but {what}. Its own output may '
            'say why.'
        )
    minutes = timeout.total_seconds() / 60
    return (
        f'Expected all {world_size} processes to answer within {minutes:g} minutes, but {what}: it '
        'has stopped or ended, or its network is cut. Its own output may say why. If a step takes '
        'that long, raise --timeout.'
    )


def has_waited(error: Exception) -> bool:
    """Whether a connection was waited for in vain, and not closed at the other end."""
    text = str(error).lower()
    return 'timed out' in text or 'timeout' in text
