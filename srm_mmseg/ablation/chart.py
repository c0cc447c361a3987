"""The runs of an ablation as bars."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from srm_mmseg.ablation.runs import SHOWN, Run, spread_of
from srm_mmseg.file_errors import writing


def save_chart(runs: Sequence[Run], rows: Sequence[str], path: Path) -> None:
    """Draw each measure of the last stage: a bar a row, its error bar a standard deviation.

    Args:
        runs: All runs; there is at least one of each row.
        rows: Names, from top to bottom; the first one's mean is a line through all bars.
        path: Where to write; the suffix tells the format.
    """
    figure = Figure(figsize=(2.6 * len(SHOWN), 0.8 + 0.3 * len(rows)), layout='constrained')
    panels = figure.subplots(1, len(SHOWN), sharey=True)
    for axes, measure in zip(panels, SHOWN):
        spreads = [spread_of(runs, row, measure) for row in rows]
        means = [spread.mean for spread in spreads]
        errors = [spread.deviation or 0.0 for spread in spreads]
        axes.barh(rows, means, xerr=errors, color='#56B4E9', capsize=2)
        axes.axvline(means[0], color='#D55E00', linewidth=0.8)
        axes.set_xlim(*limits([value for spread in spreads for value in spread.values]))
        axes.set_title(measure)
    panels[0].invert_yaxis()
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=120)


def limits(values: Sequence[float]) -> tuple[float, float]:
    """Choose the part of an axis where values differ."""
    low, high = min(values), max(values)
    margin = 0.3 * (high - low) or 0.01
    return max(low - margin, 0.0), high + margin
