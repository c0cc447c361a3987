"""The config of a run, as the flags change it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mmengine.config import Config

from srm_mmseg.engine.config_file import BadConfigError, change, read_config, require, require_kinds
from srm_mmseg.engine.loaders import fit_to_workers
from srm_mmseg.engine.plain_errors import plain_file_errors as plain_file_errors


def load_config(
    args: argparse.Namespace,
    data: str | None = None,
    needs: tuple[str, ...] = ('model', 'test_dataloader.dataset'),
) -> Config:
    """Read the config and apply the flags of :func:`~srm_mmseg.engine.arguments.add_config_arguments` to it.

    Args:
        args: The flags.
        data: A data-set config to test on instead.
        needs: Keys that the config must have.

    Raises:
        SystemExit: If the config or a setting cannot be used, with a line that says why.
    """
    try:
        config = read_config(args.config)
        if data:
            test_on(config, data)
        change(config, args.cfg_options)
        require_kinds(config)
        require(config, *needs)
    except BadConfigError as error:
        sys.exit(f'error: {error}')
    fit_to_workers(config)
    if args.work_dir or not config.get('work_dir'):
        config.work_dir = args.work_dir or str(Path('work_dirs', Path(args.config).stem))
    return config


def test_on(config: Config, path: str) -> None:
    """Replace the test set by that of a data-set config; the model keeps its own pipeline."""
    other_config = read_config(path)
    for one in (config, other_config):
        require(one, 'test_dataloader.dataset')
    own, other = config.test_dataloader.dataset, other_config.test_dataloader.dataset
    for one in other.get('datasets', [other]):
        one.pipeline = own.get('datasets', [own])[0].pipeline
    config.test_dataloader.dataset = other
