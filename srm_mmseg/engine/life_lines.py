"""Notice that a process of a distributed run has ended, also while nobody waits for it.

A collective that fails tells as well (``lost_ranks.py``), but in a long validation there is none for an
hour. So each process holds a connection to rank 0, which the system closes when the process ends.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from selectors import EVENT_READ, DefaultSelector
from threading import Event, Thread

from torch.distributed import Store

from srm_mmseg.engine.lost_ranks import LostRankError

GRACE = 15.0
"""Seconds in which a process may end by its own error, or by its machine's launcher."""
BYE = -1  # in the place of a rank: all is done
Lines = dict[socket.socket, int]  # the rank at the other end


@contextmanager
def ended_ranks_told(
    store: Store, rank: int, world_size: int, address: str, timeout: timedelta
) -> Iterator[None]:
    """End this process, with a line that names the rank, when another has ended before its time.

    Args:
        store: The store that all processes share.
        rank: This process's rank.
        world_size: The number of processes.
        address: This machine's address, which the others reach if it is rank 0's.
        timeout: How long to wait for the others at the beginning.

    Raises:
        LostRankError: If a process does not come in time.
    """
    lines = from_all(store, world_size, address, timeout) if rank == 0 else to_first(store, rank)
    leaving = Event()
    Thread(target=watch, args=(lines, leaving, world_size), daemon=True).start()
    try:
        yield
        for line in lines:
            send(line, BYE)
    except BaseException:
        for line in lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        raise
    finally:
        leaving.set()


def from_all(store: Store, world_size: int, address: str, timeout: timedelta) -> Lines:
    """Wait at rank 0 for the connections of all others."""
    lines: Lines = {}
    with socket.create_server(('', 0), backlog=world_size) as server:
        store.set('life_lines', f'{address} {server.getsockname()[1]}')
        server.settimeout(timeout.total_seconds())
        while len(lines) < world_size - 1:
            try:
                line, _ = server.accept()
            except TimeoutError:
                missing = sorted({*range(1, world_size)} - {*lines.values()})
                raise LostRankError(
                    f'Expected all {world_size} processes to connect to rank 0 at {address}, but '
                    f'rank {", ".join(map(str, missing))} did not. Check the firewall.'
                ) from None
            line.settimeout(None)
            peer = received(line)
            if peer is not None:
                lines[line] = peer
    return lines


def to_first(store: Store, rank: int) -> Lines:
    """Connect to rank 0."""
    address, port = store.get('life_lines').decode().split()
    line = socket.create_connection((address, int(port)))
    send(line, rank)
    return {line: 0}


def watch(lines: Lines, leaving: Event, world_size: int) -> None:
    """Wait until all have said good-bye, or one has ended; rank 0 passes on which it was."""
    with DefaultSelector() as selector:
        for line in lines:
            selector.register(line, EVENT_READ, data=line)
        while selector.get_map():
            for key, _ in selector.select():
                line = key.data
                selector.unregister(line)
                message = received(line)
                if message == BYE:
                    continue
                ended = lines[line] if message is None else message
                for other in lines:
                    send(other, ended)
                end(ended, leaving, world_size)
                return


def end(ended: int, leaving: Event, world_size: int) -> None:
    """Say which rank has ended, and end this process, unless that happens by itself."""
    own_place = int(os.environ.get('LOCAL_RANK', 0))
    if leaving.wait(GRACE + own_place):  # the first to end ends the others of its machine
        return
    print(
        f'error: Expected all {world_size} processes to run to the end, but rank {ended} has ended. '
        'Its own output may say why.',
        file=sys.stderr,
        flush=True,
    )
    os._exit(1)


def send(line: socket.socket, number: int) -> None:
    """Send a number, if the other end is there."""
    with suppress(OSError):
        line.sendall(number.to_bytes(4, signed=True))


def received(line: socket.socket) -> int | None:
    """Receive a number; None if the other end is gone."""
    try:
        data = line.recv(4, socket.MSG_WAITALL)
    except OSError:
        return None
    return int.from_bytes(data, signed=True) if len(data) == 4 else None
