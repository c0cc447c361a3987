"""Evaluate a model: ``python tools/test.py CONFIG CHECKPOINT``."""

import srm_mmseg.register  # noqa: F401  Comes first: it tells what to install.

# isort: split
import argparse
import sys

import torch
from mmengine.config import Config
from mmengine.runner import Runner

from srm_mmseg.apis.arguments import add_fast_argument
from srm_mmseg.engine.fast_inference import fast_inference
from srm_mmseg.engine.kept_memory import keep_freed_memory
from srm_mmseg.engine.launch import (
    add_config_arguments,
    add_launcher_arguments,
    load_config,
    plain_file_errors,
    process_group,
    stage_number,
)
from srm_mmseg.engine.loaders import build_test_loop
from srm_mmseg.engine.preflight import look_for_data
from srm_mmseg.evaluation.sod_evaluator import sod_metrics_of
from srm_mmseg.model_file import load_weights
from srm_mmseg.terminal import print_any_text

NEEDS = ('model', 'test_dataloader.dataset', 'test_cfg', 'test_evaluator')
TTA_NEEDS = ('tta_pipeline', 'tta_model')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add_config_arguments(parser)
    add_launcher_arguments(parser)
    parser.add_argument(
        'checkpoint', help='path or URL of weights; they must fit the model exactly'
    )
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
    add_fast_argument(parser)
    parser.add_argument(
        '--compile', action='store_true', help='with --fast: compile backbone and neck as well'
    )
    parser.add_argument('--show', action='store_true', help='show predictions in a window')
    parser.add_argument('--show-dir', help='folder to write photographs with the object painted to')
    parser.add_argument('--wait-time', type=float, default=2, help='seconds a window stays')
    return parser.parse_args()


def write_maps(config: Config, folder: str) -> None:
    """Let the config's ``SODMetric`` write the maps that it scores to a folder."""
    metrics = sod_metrics_of(config.test_evaluator)
    if not metrics:
        sys.exit(
            f'error: Expected a SODMetric in test_evaluator, as it writes the maps of --out, but got '
            f"{config.test_evaluator}. Add it: test_evaluator=[dict(type='SODMetric'), ...]."
        )
    for metric in metrics:
        metric['output_dir'] = folder


def main() -> None:
    print_any_text()
    args = parse_args()
    config = load_config(args, args.data, NEEDS + TTA_NEEDS * args.tta)
    if args.stage:
        config.merge_from_dict({'model.test_cfg.stage': args.stage - 1})
    if args.show or args.show_dir:
        config.default_hooks.visualization = dict(
            type='SaveOverlaysHook',
            out_dir=args.show_dir,
            show=args.show,
            wait_time=args.wait_time,
        )
    if args.tta:
        dataset = config.test_dataloader.dataset
        for one in dataset.get('datasets', [dataset]):
            one.pipeline = config.tta_pipeline
        config.tta_model.module = config.model
        config.model = config.tta_model
    if args.out:
        write_maps(config, args.out)
    folders = [one for one in (args.out, args.show_dir, config.work_dir) if one]
    with plain_file_errors(*folders):
        look_for_data(config, 'test')
    with plain_file_errors(*folders), process_group(config, args):
        runner = Runner.from_cfg(config)
        build_test_loop(runner)
        load_weights(runner, args.checkpoint)
        if args.fast:
            keep_freed_memory()
            fast_inference(runner.model, getattr(torch, args.fast), args.compile)
        runner.test()
