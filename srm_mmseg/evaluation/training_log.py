"""Reads the losses and scores that a training logged."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Sequence
from pathlib import Path

LOSS = re.compile(r'(?:^|\.)(loss_s\d+)(?:_.+)?$')
NO_SCORES = ('data_time', 'time', 'step')

LoggedCurves = dict[str, list[tuple[int, float]]]
"""Points (iteration, value) by name."""


def files_of(log: Path) -> list[Path]:
    """Find the scalars of a run, or of the runs of a work folder, oldest first."""
    if log.is_file():
        return [log]
    found = sorted(log.glob('*/vis_data/scalars.json')) or sorted(log.glob('vis_data/scalars.json'))
    if not found:
        raise FileNotFoundError(
            f'Expected {str(log)!r} to be a scalars.json or a work folder with '
            '*/vis_data/scalars.json, but there is none. Name the --work-dir of a training run.'
        )
    return found


def read_rows(path: Path) -> list[dict]:
    """Read a log, a JSON object a line; training was perhaps stopped while it wrote the last one."""
    lines = path.read_text().splitlines()
    rows = []
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            if not isinstance(row, dict):
                raise ValueError('no object')
            rows.append(row)
        except ValueError as error:
            if number < len(lines) or not rows:
                raise ValueError(
                    f'Expected a JSON object a line, but line {number} of {str(path)!r} is none: '
                    f'{error}. Give the scalars.json of a training run.'
                ) from error
            warnings.warn(f'the last line of {str(path)!r} is cut off; left out', stacklevel=2)
    return rows


def read_curves(log: Path) -> tuple[LoggedCurves, LoggedCurves]:
    """Collect a log's losses by stage, and its scores.

    The terms of a stage that has several losses (``loss_s1_ce``, ``loss_s1_iou``) are added.
    A validation is placed at the training row before it. Where runs of a folder overlap, the later
    one counts.
    """
    losses: LoggedCurves = {}
    scores: LoggedCurves = {}
    for path in files_of(log):
        rows = read_rows(path)
        start = next((row['iter'] for row in rows if 'iter' in row), None)
        for points in (*losses.values(), *scores.values()):
            points[:] = [point for point in points if start is None or point[0] < start]
        iteration = 0
        for row in rows:
            if 'iter' in row:
                iteration = row['iter']
                add(losses, iteration, stage_losses(row))
            else:
                add(scores, iteration, {k: v for k, v in row.items() if k not in NO_SCORES})
    if not losses and not scores:
        raise ValueError(
            f'Expected losses loss_s1, ... or scores in {str(log)!r}, but there are none. Give the '
            'log of a training run of SRM.'
        )
    return losses, scores


def stage_losses(row: dict) -> dict[str, float]:
    """Add up each stage's terms."""
    losses: dict[str, float] = {}
    for key, value in row.items():
        if term := LOSS.search(key):
            losses[term[1]] = losses.get(term[1], 0.0) + value
    return losses


def add(curves: LoggedCurves, iteration: int, values: dict[str, float]) -> None:
    """Append a point to each curve."""
    for name, value in values.items():
        curves.setdefault(name, []).append((iteration, value))


def choose(scores: LoggedCurves, names: Sequence[str] | None, log: Path) -> LoggedCurves:
    """Keep the named scores."""
    missing = [name for name in names or () if name not in scores]
    if missing:
        raise ValueError(
            f'Expected {str(log)!r} to have the scores {missing}, but it has {[*scores]}.'
        )
    return {name: scores[name] for name in names or scores}
