"""Draw precision-recall and F-threshold curves that a paper can print."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from srm_mmseg.evaluation.figure_text import add_legend, fonts_for
from srm_mmseg.evaluation.measures import Curves
from srm_mmseg.file_errors import writing

# Told apart without colour too: lightness, dashes and markers all differ. The colours are Okabe and
# Ito's for the colour-blind.
STYLES: tuple[dict[str, Any], ...] = (
    dict(color='#000000', linestyle='-', marker='o'),
    dict(color='#D55E00', linestyle='--', marker='s'),
    dict(color='#0072B2', linestyle='-.', marker='^'),
    dict(color='#E69F00', linestyle=':', marker='v'),
    dict(color='#009E73', linestyle=(0, (5, 1)), marker='D'),
    dict(color='#CC79A7', linestyle=(0, (3, 1, 1, 1)), marker='P'),
    dict(color='#56B4E9', linestyle=(0, (1, 1)), marker='X'),
)
MARKER_DISTANCE = 0.15  # of the axes' diagonal
PAPER: dict[Any, Any] = {
    'font.family': 'serif',
    'font.size': 8,
    'legend.fontsize': 7,
    'pdf.fonttype': 42,  # TrueType: some publishers refuse matplotlib's default
}


def save_curve_plots(curves: dict[str, Curves], folder: str | Path) -> list[Path]:
    """Draw the curves of several methods, or data sets, into one figure each.

    Args:
        curves: Curves by the name that the legend gives them, shown as it is written.
        folder: Where to write ``pr.png``, ``pr.pdf``, ``f_threshold.png`` and ``f_threshold.pdf``.

    Returns:
        The four paths.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with matplotlib.rc_context(PAPER), fonts_for(curves):
        for name, draw in (('pr', _draw_precision_recall), ('f_threshold', _draw_f)):
            figure = Figure(figsize=(3.4, 2.8), layout='constrained')  # inches: a column's width
            axes = figure.subplots()
            lines = [
                draw(
                    axes,
                    values,
                    **style,
                    linewidth=1,
                    markersize=3,
                    markevery=(MARKER_DISTANCE * index / len(curves), MARKER_DISTANCE),
                )
                for index, (values, style) in enumerate(zip(curves.values(), cycle(STYLES)))
            ]
            axes.grid(linewidth=0.3)
            add_legend(axes, lines, list(curves))
            for suffix in ('png', 'pdf'):
                paths.append(folder / f'{name}.{suffix}')
                with writing(paths[-1]):
                    figure.savefig(paths[-1], dpi=300)
    return paths


def _draw_precision_recall(axes: Axes, curves: Curves, **style: Any) -> Line2D:
    [line] = axes.plot(curves.recall, curves.precision, **style)
    axes.set(xlabel='Recall', ylabel='Precision', xlim=(0, 1), ylim=(0, 1))
    return line


def _draw_f(axes: Axes, curves: Curves, **style: Any) -> Line2D:
    [line] = axes.plot(np.arange(256), curves.f, **style)
    axes.set(xlabel='Threshold', ylabel=r'$F_\beta$', xlim=(0, 255), ylim=(0, 1))
    axes.set_xticks(range(0, 256, 51))
    return line
