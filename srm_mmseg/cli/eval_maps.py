"""Score folders of saliency maps, several methods side by side.

``python tools/eval_maps.py --gt DIR --pred DIR`` prints a table. ``--pred NAME=DIR`` names a method
and may be given several times; ``--json``, ``--csv``, ``--latex`` and ``--plots`` write the same
numbers, and precision-recall and F-threshold curves, to files.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import cv2

from srm_mmseg.datasets.saliency_mask import THRESHOLD
from srm_mmseg.evaluation.curve_plots import save_curve_plots
from srm_mmseg.evaluation.latex_table import latex_table
from srm_mmseg.evaluation.map_folder import SUFFIXES, FolderScore, score_folder
from srm_mmseg.evaluation.map_score import check_measures
from srm_mmseg.evaluation.measures import MEASURES
from srm_mmseg.evaluation.score_tables import (
    as_rows,
    conventions,
    csv_table,
    json_table,
    labelled_curves,
    text_table,
)
from srm_mmseg.file_errors import plain_errors, write_text
from srm_mmseg.terminal import print_any_text, print_warnings, printable


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


def write_files(scores: dict[str, FolderScore], args: argparse.Namespace, note: str) -> None:
    """Write what the flags ask for."""
    rows = as_rows(scores, not args.no_normalize, args.gt_threshold)
    if args.json:
        write_text(json_table(rows), args.json)
    if args.csv:
        write_text(csv_table(rows), args.csv)
    if args.latex:
        write_text(latex_table(scores, args.metrics, note), args.latex)
    if args.plots:
        print('\n'.join(map(str, save_curve_plots(labelled_curves(scores), args.plots))))


def main() -> None:
    print_any_text()
    args = parse_args()
    print_warnings()
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
        note = conventions(not args.no_normalize, args.gt_threshold)
        print(f'{text_table(scores, args.metrics)}\n{note}')
        write_files(scores, args, note)
