"""Train a model: ``python tools/train.py configs/srm_r50_duts.py``."""

import srm_mmseg.register  # noqa: F401  Comes first: it tells what to install.

# isort: split
import argparse

from mmengine.runner import Runner

from srm_mmseg.engine.launch import (
    add_config_arguments,
    add_launcher_arguments,
    load_config,
    process_group,
)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add_config_arguments(parser)
    add_launcher_arguments(parser)
    parser.add_argument('--amp', action='store_true', help='train in mixed precision (needs a GPU)')
    parser.add_argument(
        '--resume', action='store_true', help='go on from the last checkpoint in the work folder'
    )
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    config = load_config(args)
    if args.amp:
        config.optim_wrapper.type = 'AmpOptimWrapper'
        config.optim_wrapper.setdefault('loss_scale', 'dynamic')
    config.resume = args.resume
    with process_group(config, args):
        Runner.from_cfg(config).train()


if __name__ == '__main__':
    main()
