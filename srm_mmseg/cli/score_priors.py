"""Score two maps that look at no image: the floor that a model has to beat.

``python tools/score_priors.py CONFIG`` scores, on the config's test set, an all-black map and the
mean of the training masks (the best guess at where objects are).
"""

from __future__ import annotations

import argparse

from srm_mmseg.engine.arguments import add_config_arguments
from srm_mmseg.terminal import print_any_text


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_config_arguments(parser)
    return parser.parse_args()


def main() -> None:
    print_any_text()
    args = parse_args()
    from srm_mmseg.jobs.score_priors import run

    run(args)
