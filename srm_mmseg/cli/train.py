"""Train a model: ``python tools/train.py configs/srm_r50_duts.py``."""

from __future__ import annotations

import argparse

from srm_mmseg.engine.arguments import LAST, add_config_arguments, add_launcher_arguments
from srm_mmseg.terminal import print_any_text


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add_config_arguments(parser)
    add_launcher_arguments(parser)
    parser.add_argument(
        '--amp',
        action='store_true',
        help='train in mixed precision: bfloat16 on a CPU and where the GPU has it',
    )
    parser.add_argument(
        '--resume',
        nargs='?',
        const=LAST,
        metavar='CHECKPOINT',
        help='go on from a checkpoint, by default the newest whole one in the work folder',
    )
    return parser.parse_args()


def main() -> None:
    print_any_text()
    args = parse_args()
    from srm_mmseg.jobs.train import run

    run(args)
