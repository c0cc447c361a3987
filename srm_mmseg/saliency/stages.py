"""Which stage's map counts: people count stages from 1, ``test_cfg.stage`` is an index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class BadStageError(ValueError):
    """A stage that a model does not have."""


def stage_numbers(count: int) -> tuple[int, ...]:
    """Number T stages for people: 1, ..., T."""
    return tuple(range(1, count + 1))


def chosen_stage(test_cfg: Mapping[str, Any], count: int) -> int:
    """Number the stage that a model is tested with.

    Args:
        test_cfg: The model's; ``stage`` is an index, 0 for S1, -1 (the last) by default.
        count: T, the number of stages.

    Returns:
        The stage's number, 1 to T.

    Raises:
        BadStageError: If there is no such stage.
    """
    index = test_cfg.get('stage', -1)
    if not -count <= index < count:
        raise BadStageError(
            f'Expected test_cfg.stage to be the index of one of T = {count} stages, {-count} to '
            f'{count - 1}, but got {index}, as --stage {index + 1} gives it, which counts from 1.'
        )
    return stage_numbers(count)[index]


def check_stages(stages: Sequence[int], count: int) -> None:
    """Refuse numbers of stages that a model does not have.

    Raises:
        ValueError: If there is none, or one that is not 1 to T.
    """
    if not stages or not set(stages) <= set(stage_numbers(count)):
        raise ValueError(f'Expected stages from 1 to T = {count}, but got {tuple(stages)}.')
