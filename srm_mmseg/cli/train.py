"""Train a model: ``python tools/train.py configs/srm_r50_duts.py``."""

import srm_mmseg.register  # noqa: F401  Comes first: it tells what to install.

# isort: split
import argparse

import torch
from mmengine.config import Config
from mmengine.runner import Runner

from srm_mmseg.engine.fast_inference import is_faster_in_bfloat16
from srm_mmseg.engine.launch import (
    add_config_arguments,
    add_launcher_arguments,
    load_config,
    plain_file_errors,
    process_group,
)
from srm_mmseg.engine.loaders import build_train_loop
from srm_mmseg.engine.preflight import look_for_data, look_for_torchvision
from srm_mmseg.engine.resume import LAST, prepare_start
from srm_mmseg.terminal import print_any_text

NEEDS = ('model', 'train_dataloader.dataset', 'train_cfg', 'optim_wrapper')


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


def mixed_precision(config: Config) -> None:
    """Let the gradient's steps compute in half the bits: bfloat16, or float16 on GPUs without it."""
    if not torch.cuda.is_available():
        if not is_faster_in_bfloat16():
            print('warning: this CPU is slower in bfloat16 than in float32; leave out --amp')
        config.optim_wrapper.type = 'CPUAmpOptimWrapper'
        for key in ('loss_scale', 'dtype'):
            config.optim_wrapper.pop(key, None)
        return
    config.optim_wrapper.type = 'AmpOptimWrapper'
    config.optim_wrapper.setdefault('loss_scale', 'dynamic')
    has_bfloat16 = torch.cuda.is_bf16_supported()
    config.optim_wrapper.setdefault('dtype', 'bfloat16' if has_bfloat16 else 'float16')


def main() -> None:
    print_any_text()
    args = parse_args()
    config = load_config(args, needs=NEEDS)
    if args.amp:
        mixed_precision(config)
    with plain_file_errors(config.work_dir):
        if not prepare_start(config, args.resume):
            return
        look_for_torchvision(config)
        look_for_data(config, 'train', 'val')
    with plain_file_errors(config.work_dir), process_group(config, args):
        runner = Runner.from_cfg(config)
        build_train_loop(runner)
        runner.train()
