"""A training."""

import srm_mmseg.register  # noqa: F401  Comes first: it tells what to install.

# isort: split
import argparse

import torch
from mmengine.config import Config
from mmengine.runner import Runner

from srm_mmseg.device_name import log_device
from srm_mmseg.engine.config_file import BadConfigError
from srm_mmseg.engine.fast_inference import is_faster_in_bfloat16
from srm_mmseg.engine.launch import load_config, plain_file_errors
from srm_mmseg.engine.loaders import build_train_loop
from srm_mmseg.engine.preflight import look_for_data, look_for_packages, look_for_pretrained
from srm_mmseg.engine.process_group import leave, process_group
from srm_mmseg.engine.resume import prepare_start

NEEDS = ('model', 'train_dataloader.dataset', 'train_cfg', 'optim_wrapper')


def mixed_precision(config: Config) -> None:
    """Let the gradient's steps compute in half the bits: bfloat16, or float16 on GPUs without it."""
    if not torch.cuda.is_available():
        if not is_faster_in_bfloat16():
            print('warning: this CPU is slower in bfloat16 than in float32; leave out --amp')
        step_without_gpu(config, 'CPUAmpOptimWrapper')
        return
    config.optim_wrapper.type = 'AmpOptimWrapper'
    config.optim_wrapper.setdefault('loss_scale', 'dynamic')
    has_bfloat16 = torch.cuda.is_bf16_supported()
    config.optim_wrapper.setdefault('dtype', 'bfloat16' if has_bfloat16 else 'float16')


def full_precision_without_gpu(config: Config) -> None:
    """Let a config that is made for a GPU's mixed precision train on a CPU, in float32."""
    if config.optim_wrapper.get('type') == 'AmpOptimWrapper' and not torch.cuda.is_available():
        step_without_gpu(config, 'OptimWrapper')


def step_without_gpu(config: Config, wrapper: str) -> None:
    """Put another wrapper in the place of a GPU's, without what only that one takes."""
    config.optim_wrapper.type = wrapper
    for key in ('loss_scale', 'dtype'):
        config.optim_wrapper.pop(key, None)


def refuse_other_runners(config: Config) -> None:
    """Refuse a config that asks for another runner than MMEngine's ``Runner``, as FSDP does."""
    for key in ('strategy', 'runner_type'):
        if config.get(key) not in (None, 'Runner'):
            raise BadConfigError(
                f"Expected a config for MMEngine's Runner, which trains by DDP, but got {key}="
                f'{config[key]!r}, which is of FlexibleRunner (FSDP, DeepSpeed): its checkpoints and '
                'order of steps are not those of the hooks here. Leave it out.'
            )


def run(args: argparse.Namespace) -> None:
    """Do what the arguments of the command ask for."""
    config = load_config(args, needs=NEEDS)
    if args.amp:
        mixed_precision(config)
    full_precision_without_gpu(config)
    with plain_file_errors(config.work_dir):
        refuse_other_runners(config)
        if not prepare_start(config, args.resume):
            return
        look_for_packages(config)
        look_for_pretrained(config)
        look_for_data(config, 'train', 'val')
    with plain_file_errors(config.work_dir), process_group(config, args):
        runner = Runner.from_cfg(config)
        build_train_loop(runner)
        log_device(runner.model)
        runner.train()
    leave(args.launcher)
