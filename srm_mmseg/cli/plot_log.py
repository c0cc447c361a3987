"""Plot the losses and the scores of training runs.

``python tools/plot_log.py LOG... --out PNG`` draws the loss of each stage and the scores of the
validations over iterations. A LOG is a run's ``scalars.json``, or a work folder, whose runs, each
resuming the one before, become one curve.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from srm_mmseg.evaluation.figure_text import add_legend, fonts_for
from srm_mmseg.file_errors import plain_errors, writing
from srm_mmseg.terminal import print_any_text, printable

LOSS = re.compile(r'(?:^|\.)(loss_s\d+)$')
NO_SCORES = ('data_time', 'time', 'step')
LINE_STYLES = ('-', '--', ':', '-.')

Curves = dict[str, list[tuple[int, float]]]
"""Points (iteration, value) by name."""


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('logs', nargs='+', type=Path, metavar='LOG')
    parser.add_argument('--out', type=Path, required=True, metavar='PNG', help='picture to write')
    parser.add_argument(
        '--scores', nargs='+', metavar='NAME', help='such as MAE, or S1/MAE; all by default'
    )
    return parser.parse_args()


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
            print(f'warning: the last line of {str(path)!r} is cut off; left out', file=sys.stderr)
    return rows


def read_curves(log: Path) -> tuple[Curves, Curves]:
    """Collect a log's losses by stage, and its scores.

    A validation is placed at the training row before it. Where runs of a folder overlap, the later
    one counts.
    """
    losses: Curves = {}
    scores: Curves = {}
    for path in files_of(log):
        rows = read_rows(path)
        start = next((row['iter'] for row in rows if 'iter' in row), None)
        for points in (*losses.values(), *scores.values()):
            points[:] = [point for point in points if start is None or point[0] < start]
        iteration = 0
        for row in rows:
            if 'iter' in row:
                iteration = row['iter']
                add(losses, iteration, {m[1]: row[k] for k in row if (m := LOSS.search(k))})
            else:
                add(scores, iteration, {k: v for k, v in row.items() if k not in NO_SCORES})
    if not losses and not scores:
        raise ValueError(
            f'Expected losses loss_s1, ... or scores in {str(log)!r}, but there are none. Give the '
            'log of a training run of SRM.'
        )
    return losses, scores


def add(curves: Curves, iteration: int, values: dict[str, float]) -> None:
    """Append a point to each curve."""
    for name, value in values.items():
        curves.setdefault(name, []).append((iteration, value))


def draw_curves(axes: Axes, runs: dict[str, Curves], title: str) -> None:
    """Draw curves, a colour a name and a line style a run."""
    names = sorted({name for curves in runs.values() for name in curves})
    for index, (run, curves) in enumerate(runs.items()):
        style = LINE_STYLES[index % len(LINE_STYLES)]
        for name, points in curves.items():
            label = name if len(runs) == 1 else f'{run}: {name}'
            colour = f'C{names.index(name) % 10}'
            marker = '.' if len(points) < 30 else None
            axes.plot(*zip(*points), style, color=colour, marker=marker, label=label)
    axes.set(title=title, xlabel='iteration', ylim=(0, None))
    axes.grid(alpha=0.3)
    if names:
        labels = [str(line.get_label()) for line in axes.lines]
        add_legend(axes, axes.lines, labels, fontsize='small')


def plot(logs: dict[str, tuple[Curves, Curves]]) -> Figure:
    """Draw the losses on the left, the scores on the right."""
    figure = Figure(figsize=(11, 4), layout='constrained')
    left, right = figure.subplots(1, 2)
    draw_curves(left, {run: losses for run, (losses, _) in logs.items()}, 'loss of each stage')
    draw_curves(right, {run: scores for run, (_, scores) in logs.items()}, 'validation')
    return figure


def names_in(logs: dict[str, tuple[Curves, Curves]]) -> list[str]:
    """List what the legends name: logs, losses and scores."""
    return [*logs, *(name for curves in logs.values() for each in curves for name in each)]


def choose(scores: Curves, names: list[str] | None, log: Path) -> Curves:
    """Keep the named scores."""
    missing = [name for name in names or () if name not in scores]
    if missing:
        raise ValueError(
            f'Expected {str(log)!r} to have the scores {missing}, but it has {[*scores]}.'
        )
    return {name: scores[name] for name in names or scores}


def main() -> None:
    print_any_text()
    args = parse_args()
    logs = {}
    with plain_errors():
        for log in args.logs:
            losses, scores = read_curves(log)
            logs[str(log)] = losses, choose(scores, args.scores, log)
        args.out.parent.mkdir(parents=True, exist_ok=True)
        with writing(args.out), fonts_for(names_in(logs)):
            plot(logs).savefig(args.out, dpi=120)
    for log, (losses, scores) in logs.items():
        count = max(map(len, losses.values()), default=0)
        checks = max(map(len, scores.values()), default=0)
        print(f'{printable(log)}: {", ".join(losses)}: {count} points; {checks} validations')
    print(args.out)
