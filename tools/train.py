"""Train a model: ``python tools/train.py configs/srm_r50_duts.py``."""

import srm_mmseg.register  # noqa: F401  Comes first: it tells what to install.

# isort: split
import argparse

import torch
from mmengine.runner import Runner

from srm_mmseg.engine.launch import (
    add_config_arguments,
    add_launcher_arguments,
    load_config,
    plain_file_errors,
    process_group,
)
from srm_mmseg.engine.resume import LAST, prepare_start


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add_config_arguments(parser)
    add_launcher_arguments(parser)
    parser.add_argument(
        '--amp', action='store_true', help='train in mixed precision, bfloat16 where the GPU has it'
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
    args = parse_args()
    config = load_config(args)
    if args.amp:
        config.optim_wrapper.type = 'AmpOptimWrapper'
        config.optim_wrapper.setdefault('loss_scale', 'dynamic')
        has_bfloat16 = torch.cuda.is_available() and torch.cuda.is_bf16_supported()
        config.optim_wrapper.setdefault('dtype', 'bfloat16' if has_bfloat16 else 'float16')
    with plain_file_errors():
        if not prepare_start(config, args.resume):
            return
    with plain_file_errors(), process_group(config, args):
        Runner.from_cfg(config).train()


if __name__ == '__main__':
    main()
