"""Settings of data loaders and loops that PyTorch or the toolbox would trip over."""

from __future__ import annotations

from mmengine.config import Config
from mmengine.dataset import InfiniteSampler
from mmengine.dist import get_world_size
from mmengine.runner import EpochBasedTrainLoop, Runner
from torch.utils.data import DataLoader

from srm_mmseg.engine.config_file import BadConfigError

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


def fit_to_workers(config: Config) -> None:
    """Leave out, in loaders without a process of their own, what only processes can have."""
    for name in LOADERS:
        loader = config.get(name)
        if isinstance(loader, dict) and loader.get('num_workers') == 0:
            loader.pop('persistent_workers', None)
            loader.pop('prefetch_factor', None)


def build_train_loop(runner: Runner) -> None:
    """Build the loop that ``runner.train()`` runs, and refuse one that never does a step or ends.

    Raises:
        BadConfigError: If it has no step to do, or an epoch of it would not end.
    """
    loop = runner.train_loop
    if isinstance(loop, EpochBasedTrainLoop):
        _refuse_endless_epochs(loop.dataloader)
    _refuse_no_batch(loop.dataloader, 'train_dataloader')
    unit = 'max_epochs' if isinstance(loop, EpochBasedTrainLoop) else 'max_iters'
    if getattr(loop, unit) < 1:
        raise BadConfigError(
            f'Expected train_cfg.{unit} to be at least 1, but got {getattr(loop, unit)}.'
        )
    if loop.val_interval < 1:
        raise BadConfigError(
            f'Expected train_cfg.val_interval to be at least 1, but got {loop.val_interval}. To '
            'train without validation set val_dataloader, val_cfg and val_evaluator to None.'
        )
    if runner.val_loop is not None:
        _refuse_no_batch(runner.val_loop.dataloader, 'val_dataloader')


def build_test_loop(runner: Runner) -> None:
    """Build the loop that ``runner.test()`` runs, and refuse one without an image.

    Raises:
        BadConfigError: If it has no image.
    """
    _refuse_no_batch(runner.test_loop.dataloader, 'test_dataloader')


def is_endless(loader: DataLoader) -> bool:
    """Whether a loader's sampler has no end."""
    sampler = getattr(loader.batch_sampler, 'sampler', loader.sampler)
    return isinstance(sampler, InfiniteSampler)


def _refuse_endless_epochs(loader: DataLoader) -> None:
    """Refuse a sampler without an end, which an epoch would wait for."""
    if is_endless(loader):
        raise BadConfigError(
            'Expected a sampler that comes to an end, as train_cfg counts epochs, but got '
            f'{type(loader.sampler).__name__}. Set train_dataloader.sampler to '
            "dict(type='DefaultSampler', shuffle=True), or count iterations: train_cfg.type='IterBasedTrainLoop' with max_iters."
        )


def _refuse_no_batch(loader: DataLoader, name: str) -> None:
    """Refuse a loader that gives no batch."""
    if is_endless(loader) or len(loader) > 0:
        return
    pairs = len(loader.dataset)  # type: ignore[arg-type]  # only streams have no length
    processes = get_world_size()
    share = f' in each of {processes} processes' if processes > 1 else ''
    raise BadConfigError(
        f'Expected at least as many pairs as a batch holds, but {name} has {pairs} '
        f'pairs and a batch of {loader.batch_size}{share}. Set {name}.batch_size to at most '
        f'{max(1, pairs // processes)}, or {name}.drop_last=False, or give more pairs.'
    )
