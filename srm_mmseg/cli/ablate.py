"""Train configs that differ in one thing, with several seeds each, and lay their scores side by side.

``srm-mmseg ablate`` trains the rows of the paper's ablation with SRM-Lite; configs that are named are
rows of your own, the first of them what the others are compared with. A run that is done is not done
again, and one that was stopped goes on. ``--seeds`` without a number trains nothing and writes the page.
A row is a config that scores every stage of one data set: ``val_evaluator = dict(type='SODMetric',
stages=True)``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from srm_mmseg.terminal import print_any_text


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        'configs', nargs='*', metavar='CONFIG', help='rows; configs/ablation by default'
    )
    parser.add_argument('--seeds', type=int, nargs='*', default=[0, 1, 2], help='0 1 2 by default')
    parser.add_argument(
        '--work-dir',
        type=Path,
        default=Path('work_dirs/ablation'),
        help='folder of the runs, ROW-seedN each',
    )
    parser.add_argument(
        '--json',
        type=Path,
        metavar='FILE',
        help='a line a run; WORK_DIR/ablation.json by default',
    )
    parser.add_argument(
        '--report',
        type=Path,
        metavar='MD',
        help='the page, beside images/ablation.png; WORK_DIR/ablation.md by default',
    )
    return parser.parse_intermixed_args()


def main() -> None:
    print_any_text()
    args = parse_args()
    from srm_mmseg.jobs.ablate import run

    run(args)
