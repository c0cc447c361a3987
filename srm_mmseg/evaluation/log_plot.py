"""Draws the losses and scores of training runs."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from srm_mmseg.evaluation.figure_text import add_legend, fonts_for
from srm_mmseg.evaluation.training_log import LoggedCurves
from srm_mmseg.file_errors import writing

LINE_STYLES = ('-', '--', ':', '-.')

Logs = dict[str, tuple[LoggedCurves, LoggedCurves]]
"""Losses and scores by the log's name."""


def save_log_plot(logs: Logs, path: Path) -> None:
    """Draw logs into a picture.

    Args:
        logs: What to draw.
        path: The picture; its folder is made if there is none.

    Raises:
        OSError: If it cannot be written.
        ValueError: If matplotlib knows no format of the path's suffix.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with writing(path), fonts_for(_names_in(logs)):
        draw_logs(logs).savefig(path, dpi=120)


def _draw(axes: Axes, runs: dict[str, LoggedCurves], title: str) -> None:
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


def draw_logs(logs: Logs) -> Figure:
    """Draw the losses on the left, the scores on the right."""
    figure = Figure(figsize=(11, 4), layout='constrained')
    left, right = figure.subplots(1, 2)
    _draw(left, {run: losses for run, (losses, _) in logs.items()}, 'loss of each stage')
    _draw(right, {run: scores for run, (_, scores) in logs.items()}, 'validation')
    return figure


def _names_in(logs: Logs) -> list[str]:
    """List what the legends name: logs, losses and scores."""
    return [*logs, *(name for curves in logs.values() for each in curves for name in each)]
