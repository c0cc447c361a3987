"""Scores of several methods side by side, as text, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from prettytable import PrettyTable

from srm_mmseg.evaluation.functional import BETA_SQUARED
from srm_mmseg.evaluation.map_folder import FolderScore
from srm_mmseg.evaluation.measures import Curves


def conventions(normalize: bool, threshold: int) -> str:
    """Say what decides the numbers.

    Args:
        normalize: Whether each map was stretched to 0..1.
        threshold: Foreground of a mask is > threshold, of 255.
    """
    stretch = 'min-max normalised' if normalize else 'not normalised'
    return f'maps of 8 bits, {stretch}; masks > {threshold}; beta^2 = {BETA_SQUARED}'


def as_rows(scores: dict[str, FolderScore], normalize: bool, threshold: int) -> dict[str, dict]:
    """Flatten the scores by method, each with the conventions behind it."""
    return {
        name: {
            **score.measures,
            'n': score.n,
            'missing': score.missing,
            'resized': score.resized,
            'normalize': normalize,
            'gt_threshold': threshold,
        }
        for name, score in scores.items()
    }


def text_table(scores: dict[str, FolderScore], measures: Sequence[str]) -> str:
    """Lay out the scores for a terminal."""
    table = PrettyTable(['method', *measures, 'maps', 'missing', 'resized'])
    table.align['method'] = 'l'
    for name, score in scores.items():
        numbers = [f'{value:.4f}' for value in score.measures.values()]
        table.add_row([name, *numbers, score.n, score.missing, score.resized])
    return str(table)


def json_table(rows: dict[str, dict]) -> str:
    """Write out the rows by method."""
    return json.dumps(rows, indent=2) + '\n'


def csv_table(rows: dict[str, dict]) -> str:
    """Lay out a line a method below a line of names."""
    file = io.StringIO(newline='')
    writer = csv.writer(file)
    writer.writerow(['method', *next(iter(rows.values()))])
    writer.writerows([name, *row.values()] for name, row in rows.items())
    return file.getvalue()


def labelled_curves(scores: dict[str, FolderScore]) -> dict[str, Curves]:
    """Name curves for a legend, which says too when maps are missing."""
    return {
        f'{name} ({score.missing} missing)' if score.missing else name: score.curves
        for name, score in scores.items()
    }
