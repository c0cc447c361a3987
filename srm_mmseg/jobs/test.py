"""A test of a model on a data set."""

import srm_mmseg.register  # noqa: F401  Comes first: it tells what to install.

# isort: split
import argparse
import sys

import torch
from mmengine.config import Config
from mmengine.runner import Runner

from srm_mmseg.apis.exported_segmentor import ExportedSegmentor
from srm_mmseg.device_name import log_device
from srm_mmseg.engine.fast_inference import fast_inference
from srm_mmseg.engine.kept_memory import keep_freed_memory
from srm_mmseg.engine.launch import load_config, plain_file_errors
from srm_mmseg.engine.loaders import build_test_loop
from srm_mmseg.engine.preflight import look_for_data, look_for_packages
from srm_mmseg.engine.process_group import leave, process_group
from srm_mmseg.evaluation.sod_evaluator import sod_metrics_of
from srm_mmseg.model_file import load_weights

NEEDS = ('model', 'test_dataloader.dataset', 'test_cfg', 'test_evaluator')
TTA_NEEDS = ('tta_pipeline', 'tta_model')


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


def run(args: argparse.Namespace) -> None:
    """Do what the arguments of the command ask for."""
    config = load_config(args, args.data, NEEDS + TTA_NEEDS * args.tta)
    if args.backend:
        config.model = dict(
            type=ExportedSegmentor, file=args.backend, precision=args.precision, stage=args.stage
        )
        hooks = config.get('custom_hooks') or []
        config.custom_hooks = [one for one in hooks if one['type'] != 'EMAHook']  # copies weights
    elif args.stage:
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
        look_for_packages(config)
        look_for_data(config, 'test')
    with plain_file_errors(*folders), process_group(config, args):
        runner = Runner.from_cfg(config)
        build_test_loop(runner)
        if args.checkpoint:
            load_weights(runner, args.checkpoint)
        else:
            log_device(runner.model)
        if args.fast:
            keep_freed_memory()
            fast_inference(runner.model, getattr(torch, args.fast), args.compile)
        runner.test()
    leave(args.launcher)
