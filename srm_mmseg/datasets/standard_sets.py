"""The standard data sets, a record each: configs, tools/prepare_dataset.py and tests read it here.

Importing it needs no toolbox.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any


@dataclass(frozen=True)
class StandardSet:
    """A data set on disk.

    Attributes:
        paper: Where it was published.
        source: The page that it is offered on.
        root: Folder of the data set, below the root of all data sets.
        images: Folder of the images, below ``root`` and in the archives; ``*`` stands for a folder
            of any name.
        masks: Folder of the masks, as ``images``.
        num_pairs: The official count.
        archives: What the official archives are usually called.
        to_train: Whether it is a set to train on, not one to validate or test on.
        unverified: What of 'layout' and 'count' is told by papers alone, and was not found in programs
            that read the data.
        image_suffix: Suffix of images, in any case.
        mask_suffix: Suffix of masks, in any case.
        names: Names of its files, where the folders hold others too; ``*`` stands for any letters.
        empty_masks: Whether images without a salient object, whose masks are black, are part of it.
        faults: What is known to be wrong, by file name: those files are left out.
    """

    paper: str
    source: str
    root: str
    images: str
    masks: str
    num_pairs: int
    archives: tuple[str, ...]
    to_train: bool = False
    unverified: tuple[str, ...] = ()
    image_suffix: str = '.jpg'
    mask_suffix: str = '.png'
    names: str = '*'
    empty_masks: bool = False
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def standing(self) -> str:
        """What is unverified, as 'layout and count unverified', or 'verified'."""
        return f'{" and ".join(self.unverified)} unverified' if self.unverified else 'verified'


DIS5K = {'DIS-TR': 3000, 'DIS-VD': 470, **{f'DIS-TE{part}': 500 for part in (1, 2, 3, 4)}}
SOC = {'TR': ('TrainSet', 3600), 'VAL': ('ValSet', 1200), 'TE': ('TestSet', 1200)}
CAMO = {'TR': ('Train', 1000), 'TE': ('Test', 250)}
COD10K = {'TR': ('Train', 3040), 'TE': ('Test', 2026)}
STRAY_MASK = 'a stray mask beside the PNG masks, known in copies of DUTS-TE'
STANDARD_SETS = {
    'DUTS-TR': StandardSet(
        paper='Wang et al., CVPR 2017',
        source='http://saliencydetection.net/duts',
        root='DUTS/DUTS-TR',
        images='DUTS-TR-Image',
        masks='DUTS-TR-Mask',
        num_pairs=10553,
        archives=('DUTS-TR.zip',),
        to_train=True,
    ),
    'DUTS-TE': StandardSet(
        paper='Wang et al., CVPR 2017',
        source='http://saliencydetection.net/duts',
        root='DUTS/DUTS-TE',
        images='DUTS-TE-Image',
        masks='DUTS-TE-Mask',
        num_pairs=5019,
        archives=('DUTS-TE.zip',),
        faults={
            'mILSVRC2012_test_00036002.jpg': STRAY_MASK,
            'msun_bcogaqperiljqupq.jpg': STRAY_MASK,
        },
    ),
    'ECSSD': StandardSet(
        paper='Shi et al., TPAMI 2016',
        source='https://www.cse.cuhk.edu.hk/leojia/projects/hsaliency/dataset.html',
        root='ECSSD',
        images='images',
        masks='ground_truth_mask',
        num_pairs=1000,
        archives=('images.zip', 'ground_truth_mask.zip'),
    ),
    'PASCAL-S': StandardSet(
        paper='Li et al., CVPR 2014',
        source='http://cbs.ic.gatech.edu/salobj',
        root='PASCAL-S',
        images='datasets/imgs/pascal',
        masks='datasets/masks/pascal',
        num_pairs=850,
        archives=('salObj.zip',),
        unverified=('layout',),
    ),
    'DUT-OMRON': StandardSet(
        paper='Yang et al., CVPR 2013',
        source='http://saliencydetection.net/dut-omron',
        root='DUT-OMRON',
        images='DUT-OMRON-image',
        masks='pixelwiseGT-new-PNG',
        num_pairs=5168,
        archives=('DUT-OMRON-image.zip', 'DUT-OMRON-gt-pixelwise.zip.zip'),
    ),
    'HKU-IS': StandardSet(
        paper='Li and Yu, CVPR 2015',
        source='https://sites.google.com/site/ligb86/hkuis',
        root='HKU-IS',
        images='imgs',
        masks='gt',
        num_pairs=4447,
        archives=('HKU-IS.rar',),
        image_suffix='.png',
    ),
    'SOD': StandardSet(
        paper='Movahedi and Elder, CVPR workshops 2010',
        source='http://elderlab.yorku.ca/SOD',
        root='SOD',
        images='images',
        masks='masks',
        num_pairs=300,
        archives=('SOD.zip',),
        unverified=('layout',),
    ),
    'MSRA10K': StandardSet(
        paper='Cheng et al., TPAMI 2015',
        source='https://mmcheng.net/msra10k',
        root='MSRA10K',
        images='Imgs',
        masks='Imgs',
        num_pairs=10000,
        archives=('MSRA10K_Imgs_GT.zip',),
        to_train=True,
        unverified=('layout',),
    ),
    'THUR15K': StandardSet(  # most of its images have no mask, and are no part of it
        paper='Cheng et al., The Visual Computer 2014',
        source='https://mmcheng.net/gsal',
        root='THUR15K',
        images='*/Src',
        masks='*/Src',
        num_pairs=6232,
        archives=('THUR15000.zip',),
        to_train=True,
        unverified=('layout', 'count'),
    ),
    'HRSOD-TR': StandardSet(
        paper='Zeng et al., ICCV 2019',
        source='https://github.com/yi94code/HRSOD',
        root='HRSOD',
        images='HRSOD_train',
        masks='HRSOD_train_mask',
        num_pairs=1610,
        archives=('HRSOD_release.zip',),
        to_train=True,
        unverified=('count',),
    ),
    'HRSOD-TE': StandardSet(
        paper='Zeng et al., ICCV 2019',
        source='https://github.com/yi94code/HRSOD',
        root='HRSOD',
        images='HRSOD_test',
        masks='HRSOD_test_mask',
        num_pairs=400,
        archives=('HRSOD_release.zip',),
        unverified=('count',),
    ),
    'DAVIS-S': StandardSet(  # frames of DAVIS (Perazzi et al., CVPR 2016)
        paper='Zeng et al., ICCV 2019',
        source='https://github.com/yi94code/HRSOD',
        root='DAVIS-S',
        images='images',
        masks='masks',
        num_pairs=92,
        archives=('DAVIS-S.zip',),
        unverified=('layout', 'count'),
    ),
    'UHRSD-TR': StandardSet(
        paper='Xie et al., CVPR 2022',
        source='https://github.com/iCVTEAM/PGNet',
        root='UHRSD',
        images='UHRSD_TR_2K/image',
        masks='UHRSD_TR_2K/mask',
        num_pairs=4932,
        archives=('UHRSD_TR_2K.zip',),
        to_train=True,
        unverified=('count',),
    ),
    'UHRSD-TE': StandardSet(
        paper='Xie et al., CVPR 2022',
        source='https://github.com/iCVTEAM/PGNet',
        root='UHRSD',
        images='UHRSD_TE_2K/image',
        masks='UHRSD_TE_2K/mask',
        num_pairs=988,
        archives=('UHRSD_TE_2K.zip',),
        unverified=('count',),
    ),
    **{
        part: StandardSet(
            paper='Qin et al., ECCV 2022',
            source='https://github.com/xuebinqin/DIS',
            root='DIS5K',
            images=f'{part}/im',
            masks=f'{part}/gt',
            num_pairs=pairs,
            archives=('DIS5K.zip',),
            to_train=part == 'DIS-TR',
        )
        for part, pairs in DIS5K.items()
    },
    **{
        f'SOC-{split}': StandardSet(
            paper='Fan et al., ECCV 2018',
            source='https://dpfan.net/socbenchmark',
            root='SOC',
            images=f'{folder}/Imgs',
            masks=f'{folder}/gt',
            num_pairs=pairs,
            archives=('SOC6K_Release.zip',),
            to_train=split == 'TR',
            unverified=('layout', 'count') if split == 'TE' else ('count',),
            empty_masks=True,
        )
        for split, (folder, pairs) in SOC.items()
    },
    **{
        f'CAMO-{split}': StandardSet(  # the masks of both splits are in one folder of the archive
            paper='Le et al., CVIU 2019',
            source='https://sites.google.com/view/ltnghia/research/camo',
            root=f'CAMO/CAMO-{split}',
            images=f'Images/{folder}',
            masks='GT',
            num_pairs=pairs,
            archives=('CAMO-V.1.0-CVIU2019.zip',),
            to_train=split == 'TR',
        )
        for split, (folder, pairs) in CAMO.items()
    },
    **{
        f'COD10K-{split}': StandardSet(  # NonCAM images, without a camouflaged object, are no part
            paper='Fan et al., CVPR 2020',
            source='http://dpfan.net/Camouflage',
            root='COD10K',
            images=f'{folder}/Image',
            masks=f'{folder}/GT_Object',
            num_pairs=pairs,
            archives=('COD10K-v3.zip',),
            to_train=split == 'TR',
            names='COD10K-CAM-*',
        )
        for split, (folder, pairs) in COD10K.items()
    },
    'NC4K': StandardSet(
        paper='Lyu et al., CVPR 2021',
        source='https://github.com/JingZhang617/COD-Rank-Localize-and-Segment',
        root='NC4K',
        images='Imgs',
        masks='GT',
        num_pairs=4121,
        archives=('NC4K.zip',),
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
    if one.empty_masks:
        config['empty_masks'] = True
    return config


def sets_on_disk(sod_data: str, to_train: bool) -> list[dict[str, Any]]:
    """Make the configs of the standard sets whose images' folder is there.

    Args:
        sod_data: The folder of all data sets.
        to_train: Whether to take those to train on, or all others.
    """
    return [
        set_config(name, sod_data)
        for name, one in STANDARD_SETS.items()
        if one.to_train == to_train and any(Path(sod_data, one.root).glob(one.images))
    ]
