"""Draw batches as the model sees them: after loading, augmentation and normalisation."""

from __future__ import annotations

import argparse
from pathlib import Path

from srm_mmseg.engine.arguments import add_config_arguments
from srm_mmseg.terminal import print_any_text


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add_config_arguments(parser)
    parser.add_argument('--split', choices=['train', 'val', 'test'], default='train')
    parser.add_argument('--batches', type=int, default=4, help='batches to draw')
    parser.add_argument('--out', type=Path, help='folder of the pictures (the work folder)')
    return parser.parse_args()


def main() -> None:
    print_any_text()
    args = parse_args()
    from srm_mmseg.jobs.browse_dataset import run

    run(args)
