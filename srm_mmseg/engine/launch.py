"""What ``tools/train.py`` and ``tools/test.py`` share."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError

import torch
import torch.distributed as dist
from mmengine.config import Config, DictAction

from srm_mmseg.datasets.image_file import BadFileError
from srm_mmseg.datasets.stems import BadSetError
from srm_mmseg.engine.checkpoint import BadCheckpointError

LOST_PROCESS = 'DataLoader worker (pid'  # so begin PyTorch's errors for a process that has died


def add_config_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the config and the toolbox's flags that change it."""
    parser.add_argument('config', help='config file')
    parser.add_argument('--work-dir', help='folder of logs and weights')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        default={},
        metavar='KEY=VALUE',
        help='replace settings of the config, e.g. model.test_cfg.stage=0',
    )


def add_launcher_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the toolbox's flags of distributed runs."""
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='job launcher',
    )
    # torch.distributed passes either spelling, by version.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help=argparse.SUPPRESS)


def load_config(args: argparse.Namespace, data: str | None = None) -> Config:
    """Read the config and apply the flags of :func:`add_config_arguments` to it.

    Args:
        args: The flags.
        data: A data-set config to test on instead.
    """
    config = Config.fromfile(args.config)
    if data:
        test_on(config, data)
    config.merge_from_dict(args.cfg_options)
    if args.work_dir or not config.get('work_dir'):
        config.work_dir = args.work_dir or str(Path('work_dirs', Path(args.config).stem))
    return config


def test_on(config: Config, path: str) -> None:
    """Replace the test set by that of a data-set config; the model keeps its own pipeline."""
    own, other = config.test_dataloader.dataset, Config.fromfile(path).test_dataloader.dataset
    for one in other.get('datasets', [other]):
        one.pipeline = own.get('datasets', [own])[0].pipeline
    config.test_dataloader.dataset = other


@contextmanager
def process_group(config: Config, args: argparse.Namespace) -> Iterator[None]:
    """Set the launcher, and hold a gloo process group while ``torchrun`` runs without a GPU.

    MMEngine's own start-up selects a GPU first. It leaves alone a group that exists, and DDP takes
    CPU models when no device ids are given. With a GPU or another launcher nothing happens here.
    """
    config.launcher = args.launcher
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    if args.launcher != 'pytorch' or torch.cuda.is_available():
        yield
        return
    config.setdefault(
        'model_wrapper_cfg',
        dict(
            type='MMDistributedDataParallel',
            device_ids=None,
            broadcast_buffers=False,
            find_unused_parameters=config.get('find_unused_parameters', False),
        ),
    )
    dist.init_process_group('gloo')
    try:
        yield
        dist.barrier()  # leave together: the first may be drawing curves still
    finally:
        dist.destroy_process_group()


@contextmanager
def plain_file_errors() -> Iterator[None]:
    """End the program with one line where data or weights cannot be loaded, without a traceback.

    That is: a bad file or none, folders that are no data set, a checkpoint that is refused, a
    loading process that was killed.
    """
    try:
        yield
    except (
        BadCheckpointError,
        BadFileError,
        BadSetError,
        FileNotFoundError,
        UnpicklingError,
    ) as error:
        # One from a loading process arrives as the text of its traceback.
        sys.exit(f'error: {str(error).rsplit(type(error).__name__ + ": ", 1)[-1].strip()}')
    except RuntimeError as error:
        if not str(error).startswith(LOST_PROCESS):
            raise
        sys.exit(
            f'error: Expected the loading processes to run to the end, but got: {str(error).rstrip(". ")}. '
            'Most often memory, or shared memory (/dev/shm), has run out. Load with fewer processes '
            '(--cfg-options train_dataloader.num_workers=1; so too val_ and test_dataloader), or '
            'give the machine or container more memory.'
        )
