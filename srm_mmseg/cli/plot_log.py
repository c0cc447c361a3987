"""Plot the losses and the scores of training runs.

``python tools/plot_log.py LOG... --out PNG`` draws the loss of each stage and the scores of the
validations over iterations. A LOG is a run's ``scalars.json``, or a work folder, whose runs, each
resuming the one before, become one curve.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from srm_mmseg.evaluation.log_plot import save_log_plot
from srm_mmseg.evaluation.training_log import choose, read_curves
from srm_mmseg.file_errors import plain_errors
from srm_mmseg.terminal import counted, print_any_text, print_warnings, printable


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('logs', nargs='+', type=Path, metavar='LOG')
    parser.add_argument('--out', type=Path, required=True, metavar='PNG', help='picture to write')
    parser.add_argument(
        '--scores', nargs='+', metavar='NAME', help='such as MAE, or S1/MAE; all by default'
    )
    return parser.parse_args()


def main() -> None:
    print_any_text()
    args = parse_args()
    print_warnings()
    logs = {}
    with plain_errors():
        for log in args.logs:
            losses, scores = read_curves(log)
            logs[str(log)] = losses, choose(scores, args.scores, log)
        save_log_plot(logs, args.out)
    for log, (losses, scores) in logs.items():
        count = max(map(len, losses.values()), default=0)
        checks = max(map(len, scores.values()), default=0)
        numbers = f'{counted(count, "point")}; {counted(checks, "validation")}'
        print(f'{printable(log)}: {", ".join(losses)}: {numbers}')
    print(args.out)
