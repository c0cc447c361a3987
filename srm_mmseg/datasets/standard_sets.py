"""The standard data sets, a record each: configs, tools/prepare_dataset.py and tests read it here.

Importing it needs no toolbox.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any


@dataclass(frozen=True)
class StandardSet:
    """A data set on disk.

    Attributes:
        paper: Where it was published.
        root: Folder of the data set, below the root of all data sets.
        images: Folder of the images, below ``root`` and in the archives; ``*`` stands for a folder
            of any name.
        masks: Folder of the masks, as ``images``.
        num_pairs: The official count.
        archives: What the official archives are usually called.
        verified: Whether the layout is read off the data, not off converters and papers.
        image_suffix: Suffix of images, in any case.
        mask_suffix: Suffix of masks, in any case.
        faults: What is known to be wrong, by file name: those files are left out.
    """

    paper: str
    root: str
    images: str
    masks: str
    num_pairs: int
    archives: tuple[str, ...]
    verified: bool
    image_suffix: str = '.jpg'
    mask_suffix: str = '.png'
    faults: dict[str, str] = field(default_factory=dict)


STRAY_MASK = 'a stray mask beside the PNG masks, known in copies of DUTS-TE'
STANDARD_SETS = {
    'DUTS-TR': StandardSet(
        paper='Wang et al., CVPR 2017',
        root='DUTS/DUTS-TR',
        images='DUTS-TR-Image',
        masks='DUTS-TR-Mask',
        num_pairs=10553,
        archives=('DUTS-TR.zip',),
        verified=True,
    ),
    'DUTS-TE': StandardSet(
        paper='Wang et al., CVPR 2017',
        root='DUTS/DUTS-TE',
        images='DUTS-TE-Image',
        masks='DUTS-TE-Mask',
        num_pairs=5019,
        archives=('DUTS-TE.zip',),
        verified=True,
        faults={
            'mILSVRC2012_test_00036002.jpg': STRAY_MASK,
            'msun_bcogaqperiljqupq.jpg': STRAY_MASK,
        },
    ),
    'ECSSD': StandardSet(
        paper='Shi et al., TPAMI 2016',
        root='ECSSD',
        images='images',
        masks='ground_truth_mask',
        num_pairs=1000,
        archives=('images.zip', 'ground_truth_mask.zip'),
        verified=True,
    ),
    'PASCAL-S': StandardSet(
        paper='Li et al., CVPR 2014',
        root='PASCAL-S',
        images='datasets/imgs/pascal',
        masks='datasets/masks/pascal',
        num_pairs=850,
        archives=('salObj.zip',),
        verified=False,
    ),
    'DUT-OMRON': StandardSet(
        paper='Yang et al., CVPR 2013',
        root='DUT-OMRON',
        images='DUT-OMRON-image',
        masks='pixelwiseGT-new-PNG',
        num_pairs=5168,
        archives=('DUT-OMRON-image.zip', 'DUT-OMRON-gt-pixelwise.zip.zip'),
        verified=True,
    ),
    'HKU-IS': StandardSet(
        paper='Li and Yu, CVPR 2015',
        root='HKU-IS',
        images='imgs',
        masks='gt',
        num_pairs=4447,
        archives=('HKU-IS.rar',),
        verified=True,
        image_suffix='.png',
    ),
    'SOD': StandardSet(
        paper='Movahedi and Elder, CVPR workshops 2010',
        root='SOD',
        images='images',
        masks='masks',
        num_pairs=300,
        archives=('SOD.zip',),
        verified=False,
    ),
    'MSRA10K': StandardSet(
        paper='Cheng et al., TPAMI 2015',
        root='MSRA10K',
        images='Imgs',
        masks='Imgs',
        num_pairs=10000,
        archives=('MSRA10K_Imgs_GT.zip',),
        verified=False,
    ),
    'THUR15K': StandardSet(  # most of its images have no mask, and are no part of it
        paper='Cheng et al., The Visual Computer 2014',
        root='THUR15K',
        images='*/Src',
        masks='*/Src',
        num_pairs=6232,
        archives=('THUR15000.zip',),
        verified=False,
    ),
}


def set_config(name: str, sod_data: str) -> dict[str, Any]:
    """Make the config of a standard set, as ``data_root``, folders below it, and the official count.

    Suffixes of images are given where images are no JPEG, or masks lie beside them; copies that were
    saved in another format are read elsewhere.

    Args:
        name: One of :data:`STANDARD_SETS`.
        sod_data: The folder of all data sets.

    Returns:
        A ``SODDataset`` without its pipeline.
    """
    one = STANDARD_SETS[name]
    top, *below = PurePosixPath(one.root).parts
    folders = {
        key: '/'.join([*below, *folder.partition('*')[0].split('/')]).strip('/')
        for key, folder in (('img_path', one.images), ('seg_map_path', one.masks))
    }
    config = dict(
        type='SODDataset',
        dataset_name=name,
        data_root=f'{sod_data}/{top}',
        data_prefix=folders,
        num_pairs=one.num_pairs,
    )
    if one.image_suffix != '.jpg' or one.images == one.masks:
        config['img_suffix'] = one.image_suffix
    return config
