"""A lock that threads get in the order in which they asked for it."""

from __future__ import annotations

import threading


class Turns:
    """Lets one thread at a time into ``with turns:``, whoever asked first.

    Threads that ask again and again take turns; a :class:`threading.Lock` may let one in twice while
    others wait.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._given = self._served = 0

    def __enter__(self) -> None:
        with self._changed:
            mine = self._given
            self._given += 1
            self._changed.wait_for(lambda: mine == self._served)

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._served += 1
            self._changed.notify_all()
