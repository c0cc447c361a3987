"""Errors of loading processes, which else are lost or end in silence."""

from __future__ import annotations

import errno
import multiprocessing.queues
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch._utils import ExceptionWrapper

from srm_mmseg.file_errors import full_folders

LOST_PROCESS = 'DataLoader worker (pid'  # so begin PyTorch's errors for a process that has died
OUT_OF_MEMORY = (  # in PyTorch's errors for a batch that cannot be handed over
    'shared memory',
    '</torch_',
    "can't allocate memory",
    'received 0 items of ancdata',
)
REMEDY = (
    'Most often memory, or shared memory (/dev/shm), has run out. Load with fewer processes '
    '(--cfg-options train_dataloader.num_workers=1; so too val_ and test_dataloader), or give the '
    'machine or container more memory.'
)


def is_lack_of_memory(error: Exception) -> bool:
    """Whether an error says that a loading process died, or had no room for its batch."""
    if isinstance(error, OSError):  # of a lock, which lies in shared memory and has no file's name
        is_nameless = error.errno == errno.ENOSPC and error.filename is None
        return is_nameless and '/dev/shm' in full_folders(())
    return str(error).startswith(LOST_PROCESS) or any(
        sign in last_line(error) for sign in OUT_OF_MEMORY
    )


def told_of_loading(error: Exception) -> str:
    """Tell an error for which :func:`is_lack_of_memory` is true in one line."""
    is_lost = str(error).startswith(LOST_PROCESS)
    reason = ' '.join(str(error).split()) if is_lost else last_line(error)
    return f'Expected the loading processes to run to the end, but got: {reason.rstrip(". ")}. {REMEDY}'


def last_line(error: Exception) -> str:
    """Cut an error down to its last line: one of a loading process holds its traceback."""
    return (str(error).strip().splitlines() or [''])[-1]


def _send_error(queue: Any, error: Exception, batch: Any) -> None:
    """Send an error in the place of a batch that cannot be sent."""
    if isinstance(batch, tuple) and len(batch) == 2:
        queue.put((batch[0], ExceptionWrapper(where='while a loading process sent a batch')))


@contextmanager
def sent_errors() -> Iterator[None]:
    """Let loading processes that start inside send the error of a batch that they cannot send.

    A thread of the process pickles batches into shared memory. Where that fails, as in a full
    ``/dev/shm``, Python prints the error and drops the batch, and who waits for it waits for ever.
    """
    kind = multiprocessing.queues.Queue
    own = kind.__dict__['_on_queue_feeder_error']
    kind._on_queue_feeder_error = _send_error  # type: ignore[attr-defined]
    try:
        yield
    finally:
        kind._on_queue_feeder_error = own  # type: ignore[attr-defined]
