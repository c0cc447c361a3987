"""Score folders of saliency maps, several methods side by side.

``python tools/eval_maps.py --gt DIR --pred DIR`` prints a table. ``--pred NAME=DIR`` names a method
and may be given several times; ``--json``, ``--csv``, ``--latex`` and ``--plots`` write the same
numbers, and precision-recall and F-threshold curves, to files.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import sys
import warnings
from pathlib import Path

import cv2
from prettytable import PrettyTable

from srm_mmseg.datasets.saliency_mask import THRESHOLD
from srm_mmseg.evaluation.curve_plots import save_curve_plots
from srm_mmseg.evaluation.functional import BETA_SQUARED
from srm_mmseg.evaluation.map_folder import SUFFIXES, FolderScore, score_folder
from srm_mmseg.evaluation.map_score import check_measures
from srm_mmseg.evaluation.measures import MEASURES, RECORDS
from srm_mmseg.file_errors import plain_errors, writing
from srm_mmseg.terminal import print_any_text, printable


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--gt', required=True, metavar='DIR', help='folder of masks')
    parser.add_argument(
        '--pred',
        required=True,
        action='append',
        metavar='[NAME=]DIR',
        help="folder of a method's maps, named as the masks are; several times for several methods",
    )
    parser.add_argument('--metrics', nargs='+', default=MEASURES, choices=MEASURES, metavar='NAME')
    parser.add_argument('--no-normalize', action='store_true', help='score maps as they are')
    parser.add_argument(
        '--gt-threshold',
        type=int,
        default=THRESHOLD,
        help=f'foreground is > this of 255 ({THRESHOLD})',
    )
    parser.add_argument(
        '--gt-suffix', nargs='+', default=SUFFIXES, help='suffixes of masks, if images lie by them'
    )
    parser.add_argument(
        '--allow-missing', action='store_true', help='score what there is, and say what is missing'
    )
    parser.add_argument('--jobs', type=int, default=os.cpu_count(), help='threads (all cores)')
    parser.add_argument('--json', type=Path, metavar='FILE', help='scores by method')
    parser.add_argument('--csv', type=Path, metavar='FILE', help='a row a method')
    parser.add_argument('--latex', type=Path, metavar='FILE', help='a table for a paper (booktabs)')
    parser.add_argument('--plots', type=Path, metavar='DIR', help='folder for curves, PNG and PDF')
    args = parser.parse_args()
    try:
        args.pred = methods(args.pred)
    except ValueError as error:
        parser.error(str(error))
    if args.jobs < 1:
        parser.error(f'argument --jobs: expected 1 or more, but got {args.jobs}')
    args.metrics = check_measures(args.metrics)
    return args


def methods(predictions: list[str]) -> dict[str, str]:
    """Map the methods' names to their folders.

    Raises:
        ValueError: If two methods have the same name.
    """
    folders: dict[str, str] = {}
    for prediction in predictions:
        name, equals, folder = prediction.partition('=')
        if not equals or os.path.isdir(prediction):
            name, folder = Path(prediction).resolve().name, prediction
        name = printable(name)
        if name in folders:
            raise ValueError(
                f'argument --pred: expected a name a method, but got {name!r} for '
                f'{folders[name]!r} and {folder!r}; write --pred NAME=DIR'
            )
        folders[name] = folder
    return folders


def conventions(args: argparse.Namespace) -> str:
    """Say what decides the numbers."""
    stretch = 'not normalised' if args.no_normalize else 'min-max normalised'
    return f'maps of 8 bits, {stretch}; masks > {args.gt_threshold}; beta^2 = {BETA_SQUARED}'


def as_row(score: FolderScore, args: argparse.Namespace) -> dict:
    """Flatten a score and the conventions behind it."""
    return {
        **score.measures,
        'n': score.n,
        'missing': score.missing,
        'resized': score.resized,
        'normalize': not args.no_normalize,
        'gt_threshold': args.gt_threshold,
    }


def text_table(scores: dict[str, FolderScore], measures: tuple[str, ...]) -> str:
    """Lay out the scores for a terminal."""
    table = PrettyTable(['method', *measures, 'maps', 'missing', 'resized'])
    table.align['method'] = 'l'
    for name, score in scores.items():
        numbers = [f'{value:.4f}' for value in score.measures.values()]
        table.add_row([name, *numbers, score.n, score.missing, score.resized])
    return str(table)


def latex_table(scores: dict[str, FolderScore], measures: tuple[str, ...], conventions: str) -> str:
    """Lay out the scores for a paper: three digits, the best of each column bold."""
    rounded = {
        name: [f'{value:.3f}' for value in score.measures.values()]
        for name, score in scores.items()
    }
    best = [
        RECORDS[name].best(row[column] for row in rounded.values())
        for column, name in enumerate(measures)
    ]
    typesetters = '' if ''.join(scores).isascii() else ', and XeLaTeX or LuaLaTeX for the names'
    lines = [
        '% ' + conventions + '; needs \\usepackage{booktabs}' + typesetters,
        r'\begin{tabular}{l' + 'c' * len(measures) + '}',
        r'\toprule',
        ' & '.join(['Method', *(RECORDS[name].heading for name in measures)]) + r' \\',
        r'\midrule',
    ]
    for name, row in rounded.items():
        cells = [rf'\textbf{{{cell}}}' if cell == top else cell for cell, top in zip(row, best)]
        lines.append(' & '.join([escaped(name), *cells]) + r' \\')
    lines.append(r'\bottomrule')
    for name, score in scores.items():
        if score.missing:
            note = f'{escaped(name)}: {score.missing} of {score.n + score.missing} maps missing'
            lines.append(rf'\multicolumn{{{len(measures) + 1}}}{{l}}{{{note}}} \\')
    return '\n'.join([*lines, r'\end{tabular}', ''])


def escaped(text: str) -> str:
    """Escape what LaTeX does not take for the character itself."""
    special = {'\\': r'\textbackslash{}', '~': r'\textasciitilde{}', '^': r'\textasciicircum{}'}
    special |= {character: f'\\{character}' for character in '&%$#_{}'}
    # Others in LaTeX's old fonts, and what would be an argument of the row's end before it.
    special |= {'<': r'\textless{}', '>': r'\textgreater{}', '|': r'\textbar{}'}
    special |= {character: f'{{{character}}}' for character in '[]*'}
    return ''.join(special.get(character, character) for character in text)


def csv_table(rows: dict[str, dict]) -> str:
    """Lay out a line a method below a line of names."""
    file = io.StringIO(newline='')
    writer = csv.writer(file)
    writer.writerow(['method', *next(iter(rows.values()))])
    writer.writerows([name, *row.values()] for name, row in rows.items())
    return file.getvalue()


def labelled(scores: dict[str, FolderScore]) -> dict:
    """Name curves for a legend, which says too when maps are missing."""
    return {
        f'{name} ({score.missing} missing)' if score.missing else name: score.curves
        for name, score in scores.items()
    }


def write_files(scores: dict[str, FolderScore], args: argparse.Namespace) -> None:
    """Write what the flags ask for."""
    rows = {name: as_row(score, args) for name, score in scores.items()}
    if args.json:
        write_text(json.dumps(rows, indent=2) + '\n', args.json)
    if args.csv:
        write_text(csv_table(rows), args.csv)
    if args.latex:
        write_text(latex_table(scores, args.metrics, conventions(args)), args.latex)
    if args.plots:
        print('\n'.join(map(str, save_curve_plots(labelled(scores), args.plots))))


def write_text(text: str, path: Path) -> None:
    """Write a file, and its folder if there is none."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, 'utf-8', newline='')


def main() -> None:
    print_any_text()
    args = parse_args()
    warnings.showwarning = lambda message, *_, **__: print(
        f'warning: {printable(message)}', file=sys.stderr
    )
    cv2.setNumThreads(1)  # maps are scored side by side instead
    with plain_errors():
        scores = {
            name: score_folder(
                args.gt,
                folder,
                args.metrics,
                not args.no_normalize,
                args.gt_threshold,
                args.gt_suffix,
                args.allow_missing,
                args.jobs,
                title=name,
            )
            for name, folder in args.pred.items()
        }
        print(f'{text_table(scores, args.metrics)}\n{conventions(args)}')
        write_files(scores, args)
