"""Find the data sets of a config."""

from __future__ import annotations

from collections import Counter

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS

from srm_mmseg.datasets.checks.folders import SetFolders
from srm_mmseg.datasets.leaves import leaves
from srm_mmseg.datasets.saliency_mask import THRESHOLD
from srm_mmseg.datasets.sod_dataset import SODDataset
from srm_mmseg.datasets.stems import as_tuple

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


def sets_of_config(config: Config) -> list[SetFolders]:
    """List the data sets that a config trains, validates and tests on.

    The sets themselves are not read. One that is validated and tested on is listed once; wrappers
    (``ConcatDataset``, ``RepeatDataset``, ...) are looked into.

    Raises:
        ValueError: If there is none, or one is no ``SODDataset``.
    """
    init_default_scope(config.get('default_scope', 'mmseg'))
    sets: dict[tuple, SetFolders] = {}
    for loader in LOADERS:
        for dataset in leaves((config.get(loader) or {}).get('dataset')):
            found = _folders(dataset, loader.removesuffix('_dataloader'))
            sets.setdefault(found[1:], found)
    if not sets:
        raise ValueError(
            f'Expected data sets in {", ".join(LOADERS)}, but got none. '
            'Name a config that has a data set, set SOD_DATA to the folder of those that it looks for, '
            'or give --images and --masks.'
        )
    return _distinctly_named(list(sets.values()))


def _folders(dataset: dict, split: str) -> SetFolders:
    """Resolve the folders of a data set, by the toolbox's own rules."""
    built = DATASETS.build({**dataset, 'pipeline': [], 'lazy_init': True})
    if not isinstance(built, SODDataset):
        raise ValueError(
            f'Expected each data set to be a SODDataset, but got {dataset["type"]!r}. '
            'Give its folders with --images and --masks.'
        )
    loading = [step for step in dataset['pipeline'] if step['type'] == 'LoadSaliencyMask']
    return SetFolders(
        name=f'{split}-{built.name}',
        is_training=split == 'train',
        images=built.data_prefix['img_path'],
        masks=built.data_prefix['seg_map_path'],
        image_suffixes=as_tuple(built.img_suffix),
        mask_suffixes=as_tuple(built.seg_map_suffix),
        ann_file=built.ann_file,
        threshold=loading[0].get('threshold', THRESHOLD) if loading else THRESHOLD,
        num_pairs=built.num_pairs,
        empty_masks=built.empty_masks,
    )


def _distinctly_named(sets: list[SetFolders]) -> list[SetFolders]:
    """Number the sets whose name is taken."""
    seen: Counter[str] = Counter()
    named = []
    for found in sets:
        seen[found.name] += 1
        number = f'-{seen[found.name]}' if seen[found.name] > 1 else ''
        named.append(found._replace(name=found.name + number))
    return named
