"""The standard data sets: what their archives hold, and where the configs read it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Layout:
    """A data set on disk. The records of ``configs/_base_/datasets/sod_sets.py`` read the same.

    Attributes:
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
LAYOUTS = {
    'DUTS-TR': Layout(
        root='DUTS/DUTS-TR',
        images='DUTS-TR-Image',
        masks='DUTS-TR-Mask',
        num_pairs=10553,
        archives=('DUTS-TR.zip',),
        verified=True,
    ),
    'DUTS-TE': Layout(
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
    'ECSSD': Layout(
        root='ECSSD',
        images='images',
        masks='ground_truth_mask',
        num_pairs=1000,
        archives=('images.zip', 'ground_truth_mask.zip'),
        verified=True,
    ),
    'PASCAL-S': Layout(
        root='PASCAL-S',
        images='datasets/imgs/pascal',
        masks='datasets/masks/pascal',
        num_pairs=850,
        archives=('salObj.zip',),
        verified=False,
    ),
    'DUT-OMRON': Layout(
        root='DUT-OMRON',
        images='DUT-OMRON-image',
        masks='pixelwiseGT-new-PNG',
        num_pairs=5168,
        archives=('DUT-OMRON-image.zip', 'DUT-OMRON-gt-pixelwise.zip.zip'),
        verified=True,
    ),
    'HKU-IS': Layout(
        root='HKU-IS',
        images='imgs',
        masks='gt',
        num_pairs=4447,
        archives=('HKU-IS.rar',),
        verified=True,
        image_suffix='.png',
    ),
    'SOD': Layout(
        root='SOD',
        images='images',
        masks='masks',
        num_pairs=300,
        archives=('SOD.zip',),
        verified=False,
    ),
    'MSRA10K': Layout(
        root='MSRA10K',
        images='Imgs',
        masks='Imgs',
        num_pairs=10000,
        archives=('MSRA10K_Imgs_GT.zip',),
        verified=False,
    ),
    'THUR15K': Layout(  # most of its images have no mask, and are no part of it
        root='THUR15K',
        images='*/Src',
        masks='*/Src',
        num_pairs=6232,
        archives=('THUR15000.zip',),
        verified=False,
    ),
}
