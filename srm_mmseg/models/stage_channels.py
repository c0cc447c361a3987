"""Channels that follow from the part before, so that a config names a trunk once.

The toolbox builds a segmentor's parts one after the other, backbone, neck, head, and tells none of
another. So each part of SRM leaves word of itself, and the next one asks it how many channels it gives,
unless the config says so (``in_channels``).
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Protocol


class StagePart(Protocol):
    """A part that gives a feature map a stage."""

    def stage_channels(self) -> tuple[int, ...]:
        """Tell the channels of each stage's map, in stage order."""


_built_before: ContextVar[weakref.ref[StagePart] | None] = ContextVar('built_before', default=None)


def leave_word(part: StagePart) -> None:
    """Let the part that is built next know of this one."""
    _built_before.set(weakref.ref(part))


def channels_before(in_channels: Sequence[int] | None, part: str) -> tuple[int, ...]:
    """Take the channels that a config gives, or ask the part that was built before.

    Args:
        in_channels: As the config says, one a stage; None asks.
        part: What the config calls the part that reads them: ``neck`` or ``decode_head``.

    Raises:
        ValueError: If there is none to ask.
    """
    reference = _built_before.get()
    _built_before.set(None)
    if in_channels is not None:
        return tuple(in_channels)
    before = reference() if reference is not None else None
    if before is None:
        raise ValueError(
            f'Expected {part}.in_channels, the channels of each stage in stage order, but got None, '
            'and there is no StagewiseBackbone before it that would tell. List them, as in '
            f'{part}=dict(in_channels=(2048, 64, 64)).'
        )
    return before.stage_channels()
