"""Evaluate a model: ``python tools/test.py CONFIG CHECKPOINT``."""

from __future__ import annotations

import argparse

from srm_mmseg.apis.arguments import add_fast_argument, add_precision_argument
from srm_mmseg.engine.arguments import (
    add_checkpoint_argument,
    add_config_arguments,
    add_launcher_arguments,
    parse_with_checkpoint,
    stage_number,
)
from srm_mmseg.terminal import print_any_text


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add_config_arguments(parser)
    add_launcher_arguments(parser)
    add_checkpoint_argument(parser)
    parser.add_argument(
        '--data', help='data-set config to test on, e.g. configs/_base_/datasets/sod_benchmark.py'
    )
    parser.add_argument(
        '--stage', type=stage_number, metavar='T', help='stage to test, from 1; the last by default'
    )
    parser.add_argument('--out', help='folder to write the scored maps to, as grey PNGs')
    parser.add_argument(
        '--tta', action='store_true', help="average the views of the config's tta_pipeline"
    )
    parser.add_argument(
        '--backend',
        metavar='FILE',
        help='score an exported file (*.onnx, *.xml, *.pt) in place of the model; it needs no checkpoint',
    )
    add_precision_argument(parser)
    add_fast_argument(parser)
    parser.add_argument(
        '--compile', action='store_true', help='with --fast: compile backbone and neck as well'
    )
    parser.add_argument('--show', action='store_true', help='show predictions in a window')
    parser.add_argument('--show-dir', help='folder to write photographs with the object painted to')
    parser.add_argument('--wait-time', type=float, default=2, help='seconds a window stays')
    args = parse_with_checkpoint(parser)
    if args.backend and (args.tta or args.fast or args.launcher != 'none'):
        parser.error('expected no --tta, --fast or --launcher with --backend, which runs a file')
    if args.precision and not args.backend:
        parser.error('expected --precision with --backend, a file that OpenVINO runs')
    return args


def main() -> None:
    print_any_text()
    args = parse_args()
    from srm_mmseg.jobs.test import run

    run(args)
