"""Score every stage of a model and draw their maps side by side.

``python tools/compare_stages.py CONFIG CHECKPOINT --out DIR`` tests the model once a stage, prints
a table and writes ``DIR/stages.png``: image, mask, S1, ..., ST, a row an image; and the stages'
precision-recall and F-threshold curves, ``DIR/pr.png`` and ``DIR/f_threshold.png``, also as PDF.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from srm_mmseg.engine.arguments import (
    add_checkpoint_argument,
    add_config_arguments,
    parse_with_checkpoint,
)
from srm_mmseg.terminal import print_any_text


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_config_arguments(parser)
    add_checkpoint_argument(parser)
    parser.add_argument(
        '--out', type=Path, help='folder for the pictures; the work folder by default'
    )
    parser.add_argument('--images', type=int, default=4, help='rows of the picture')
    return parse_with_checkpoint(parser)


def main() -> None:
    print_any_text()
    args = parse_args()
    from srm_mmseg.jobs.compare_stages import run

    run(args)
