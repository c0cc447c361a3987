"""Write a procedural salient object data set in the layout of DUTS.

``python tools/make_toy_dataset.py OUT --train 400 --test 100 --seed 0``

:mod:`srm_mmseg.datasets.toy_pairs` draws the pairs. The same seed writes the same pixels, and an
image does not depend on how many others are asked for.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from srm_mmseg.datasets.toy_set import write_split
from srm_mmseg.file_errors import plain_errors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('out', type=Path, help='folder to write DUTS-TR and DUTS-TE to')
    parser.add_argument('--train', type=int, default=400, help='pairs for training')
    parser.add_argument('--test', type=int, default=100, help='pairs for testing')
    parser.add_argument('--seed', type=int, default=0)
    args = parser.parse_args()
    with plain_errors():
        write_split(args.out, 'DUTS-TR', args.train, args.seed)
        write_split(args.out, 'DUTS-TE', args.test, args.seed)
