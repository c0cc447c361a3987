"""The runs of an ablation in a JSON file: a line a run, so that git shows which came."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean, stdev

from srm_mmseg.whole_file import write_whole

SHOWN = ('maxF_pr', 'MAE', 'wF', 'Sm')


@dataclass(frozen=True)
class Run:
    """A config trained once.

    Attributes:
        row: The config's name.
        seed: Of its random numbers.
        config: Digest of all settings that change weights or scores, but the seed.
        gmac: Multiplications of an image of 353 x 353, in thousand millions.
        parameters: In millions.
        scores: Stage -> measure -> score, S1 first.
    """

    row: str
    seed: int
    config: str
    gmac: float
    parameters: float
    scores: dict[str, dict[str, float]]

    @property
    def last_stage(self) -> str:
        """Name of the last stage."""
        return [*self.scores][-1]


class Spread:
    """Values of several seeds as a mean and their standard deviation.

    Example:
        >>> str(Spread([0.5, 0.6, 0.7])), str(Spread([0.5]))
        ('0.600 ± 0.100', '0.500')
    """

    def __init__(self, values: Sequence[float]) -> None:
        self.values = tuple(values)
        self.mean = fmean(values)
        self.deviation = stdev(values) if len(values) > 1 else None

    def __str__(self) -> str:
        return self.text('')

    def text(self, sign: str = '+') -> str:
        """Write it with three places, a difference with its sign."""
        deviation = '' if self.deviation is None else f' ± {self.deviation:.3f}'
        return f'{self.mean:{sign}.3f}{deviation}'


def of_row(runs: Iterable[Run], row: str) -> list[Run]:
    """Choose the runs of a row, by seed."""
    return sorted((run for run in runs if run.row == row), key=lambda run: run.seed)


def with_run(runs: Iterable[Run], new: Run) -> list[Run]:
    """Add a run, in the place of one of the same row and seed if there is one."""
    return [*(run for run in runs if (run.row, run.seed) != (new.row, new.seed)), new]


def spread_of(runs: Iterable[Run], row: str, measure: str, stage: str | None = None) -> Spread:
    """Collect a row's scores over its seeds, of the last stage unless one is named."""
    return Spread([run.scores[stage or run.last_stage][measure] for run in of_row(runs, row)])


def differences(
    runs: Sequence[Run], one: tuple[str, str], other: tuple[str, str], measure: str
) -> list[float]:
    """Subtract two maps' scores, seed by seed.

    Args:
        runs: All runs.
        one: Row and stage.
        other: Row and stage whose score is taken away.
        measure: Name of the measure.

    Returns:
        A difference for each seed that both rows have.
    """
    others = {run.seed: run.scores[other[1]][measure] for run in of_row(runs, other[0])}
    return [
        run.scores[one[1]][measure] - others[run.seed]
        for run in of_row(runs, one[0])
        if run.seed in others
    ]


def read_runs(path: Path) -> list[Run]:
    """Read the runs; none if there is no file.

    Raises:
        ValueError: If it is another kind of file; it names it.
    """
    if not path.exists():
        return []
    try:
        return [Run(**entry) for entry in json.loads(path.read_text('utf-8'))]
    except (ValueError, TypeError) as error:
        raise ValueError(
            f'Expected {str(path)!r} to hold the runs of an ablation, but got: {error}. Name another '
            'file with --json.'
        ) from error


def write_runs(runs: Iterable[Run], path: Path) -> None:
    """Write the runs, a line each, whole or not at all."""
    lines = ',\n'.join(json.dumps(asdict(run)) for run in runs)
    write_whole(f'[\n{lines}\n]\n'.encode(), path)
