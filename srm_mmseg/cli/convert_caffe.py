"""Convert the authors' Caffe files to checkpoints, without Caffe.

``python tools/convert_caffe.py IN.caffemodel OUT.pth`` converts the released SRM to weights of
``configs/srm_preact-r50_duts.py``, and an ImageNet ResNet-50 of the same kind to weights of both its
trunks. It needs ``pip install protobuf``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from srm_mmseg.terminal import print_any_text


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('caffemodel', type=Path, metavar='IN.caffemodel')
    parser.add_argument('out', type=Path, metavar='OUT.pth')
    return parser.parse_args()


def main() -> None:
    print_any_text()
    args = parse_args()
    from srm_mmseg.jobs.convert_caffe import run

    run(args)
