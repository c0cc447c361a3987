"""Pairs of images and saliency masks."""

from __future__ import annotations

import logging
import os.path as osp
from collections.abc import Sequence
from typing import Any

from mmengine import fileio
from mmengine.logging import print_log
from mmseg.datasets import BaseSegDataset
from mmseg.registry import DATASETS

from srm_mmseg.datasets.image_file import BadFileError
from srm_mmseg.datasets.stems import BadSetError, files_by_stem, read_stems
from srm_mmseg.terminal import first_of


@DATASETS.register_module()
class SODDataset(BaseSegDataset):
    """A data set of salient object detection: images and masks, paired by stem.

    A stem is the path below its folder without the suffix. Other arguments are those of
    ``BaseSegDataset``.

    Args:
        img_suffix: Suffixes of images, in any case.
        seg_map_suffix: Suffixes of masks, in any case. Files with other suffixes are no part of
            the data set.
        dataset_name: What ``SODMetric`` calls the data set; by default the last part of
            ``data_root``, or without one of the images' folder.
        ann_file: Text file with a stem or an image's name a line, to use a part of the folder.
            '' uses all of it.
        num_pairs: How many pairs the folders hold, a standard set's official count; None takes
            any number. A part that ``ann_file`` lists is not counted: its names are what is
            expected.
        empty_masks: Whether images without a salient object, whose masks are black, are part of
            the data set: ``check_dataset.py`` then notes them, and finds no fault.
        skip_bad_files: Whether in training another pair, drawn at random, takes the place of one
            that cannot be read. The log names each such file; ``SkippedFilesHook`` counts them.

    Raises:
        FileNotFoundError: If a folder or ``ann_file`` does not exist or has no pair in it, or if
            an image has no mask or a mask no image; it names them.
        BadSetError: If two files of a folder have the same stem and it is in use, ``ann_file`` lists
            one twice or is not UTF-8, a link leads back to a folder above it, or there are more or
            fewer pairs than ``num_pairs``.

    Example:
        >>> import tempfile, pathlib
        >>> import numpy as np
        >>> from PIL import Image
        >>> root = pathlib.Path(tempfile.mkdtemp(), 'mine')
        >>> for name in ('images/a.jpg', 'images/b.jpg', 'masks/a.png', 'masks/b.png'):
        ...     (root / name).parent.mkdir(parents=True, exist_ok=True)
        ...     Image.fromarray(np.zeros((40, 50), np.uint8)).save(root / name)
        >>> dataset = SODDataset(
        ...     data_root=str(root), data_prefix=dict(img_path='images', seg_map_path='masks')
        ... )
        >>> len(dataset), dataset.name, dataset.get_data_info(0)['stem']
        (2, 'mine', 'a')
    """

    METAINFO = dict(classes=('background', 'salient'), palette=[[0, 0, 0], [255, 255, 255]])

    def __init__(
        self,
        img_suffix: str | Sequence[str] = ('.jpg', '.jpeg', '.png'),
        seg_map_suffix: str | Sequence[str] = '.png',
        dataset_name: str | None = None,
        num_pairs: int | None = None,
        empty_masks: bool = False,
        skip_bad_files: bool = False,
        **kwargs: Any,
    ) -> None:
        self.dataset_name = dataset_name
        self.num_pairs = num_pairs
        self.empty_masks = empty_masks
        self.skip_bad_files = skip_bad_files
        self._named: set[str] = set()
        self._skipped: list[str] = []
        super().__init__(img_suffix=img_suffix, seg_map_suffix=seg_map_suffix, **kwargs)

    @property
    def name(self) -> str:
        """What ``SODMetric`` calls the data set."""
        root = self.data_root or self.data_prefix['img_path']
        return self.dataset_name or osp.basename(osp.normpath(root))

    def load_data_list(self) -> list[dict]:
        """Pair the files, sorted by stem."""
        listed = self._listed_stems() if self.ann_file else None
        wanted = set(listed) if listed else None
        images = self._files_by_stem(self.data_prefix['img_path'], self.img_suffix, wanted)
        masks = self._files_by_stem(self.data_prefix['seg_map_path'], self.seg_map_suffix, wanted)
        stems = listed or sorted(images.keys() | masks.keys())
        if self.num_pairs is not None and not self.ann_file:
            self._refuse_other_count(images, masks)
        self._refuse_unpaired(stems, images, masks)
        return [
            dict(
                dataset_name=self.name,
                stem=stem,
                img_path=images[stem],
                seg_map_path=masks[stem],
                label_map=self.label_map,
                reduce_zero_label=self.reduce_zero_label,
                seg_fields=[],
            )
            for stem in stems
        ]

    def prepare_data(self, idx: int) -> dict | None:
        """Run the pipeline on a pair.

        Returns:
            The sample. None if its files cannot be read and are to be skipped: MMEngine then asks
            for another, whose meta key ``skipped_files`` lists the images it takes the place of.

        Raises:
            BadFileError: If a file is corrupt or does not fit its pair.
            FileNotFoundError: If it is gone.
        """
        try:
            sample = super().prepare_data(idx)
        except (BadFileError, FileNotFoundError) as error:
            if self.test_mode or not self.skip_bad_files:
                raise
            self._note_skipped(idx, error)
            return None
        except Exception as error:
            error.add_note(f'It happened with the image {self.get_data_info(idx)["img_path"]!r}.')
            raise
        if self._skipped:
            sample['data_samples'].set_metainfo(dict(skipped_files=self._skipped))
            self._skipped = []
        return sample

    def _note_skipped(self, idx: int, error: Exception) -> None:
        """Remember a pair that is skipped, and log it the first time."""
        path = self.get_data_info(idx)['img_path']
        self._skipped.append(path)
        if len(self._skipped) > self.max_refetch:
            raise BadFileError(
                f'Expected a pair that can be read, but {len(self._skipped)} in a row cannot. {error}'
            ) from error
        if path not in self._named:
            self._named.add(path)
            print_log(f'Skipped a training pair. {error}', 'current', logging.WARNING)

    def _files_by_stem(
        self, folder: str, suffixes: str | Sequence[str], wanted: set[str] | None
    ) -> dict[str, str]:
        """Map stems to the paths of a folder's files; say which setting is wrong if there are none."""
        try:
            return files_by_stem(folder, suffixes, self.backend_args, wanted)
        except FileNotFoundError as error:
            raise FileNotFoundError(
                f'{error} Put or link the data set there, name the folder above it in SOD_DATA, or '
                'set data_root, data_prefix, img_suffix and seg_map_suffix in the config.'
            ) from error

    def _listed_stems(self) -> list[str]:
        """Read the stems that ``ann_file`` lists."""
        if not fileio.isfile(self.ann_file, backend_args=self.backend_args):
            raise FileNotFoundError(
                f'Expected the list {self.ann_file!r}, but there is no such file. '
                "Set ann_file in the config, to '' for the whole folder."
            )
        stems = read_stems(self.ann_file, self.img_suffix, self.backend_args)
        if not stems:
            raise FileNotFoundError(
                f'Expected a stem a line in {self.ann_file!r}, but it is empty. '
                "List some, or set ann_file to '' for the whole folder."
            )
        if len(set(stems)) < len(stems):
            twice = next(stem for stem in stems if stems.count(stem) > 1)
            raise BadSetError(
                f'Expected each stem once in {self.ann_file!r}, but got {twice!r} several times. '
                'Remove the copies: each would count as an image of its own.'
            )
        return stems

    def _refuse_other_count(self, images: dict[str, str], masks: dict[str, str]) -> None:
        """Raise an error if there are more or fewer pairs than ``num_pairs``."""
        pairs = len(images.keys() & masks.keys())
        if pairs != self.num_pairs:
            unpaired = sorted(images.keys() ^ masks.keys())
            raise BadSetError(
                f'Expected {self.num_pairs} pairs, the count of {self.dataset_name or "the set"}, in '
                f'{self.data_prefix["img_path"]!r} and {self.data_prefix["seg_map_path"]!r}, but got '
                f'{pairs}: {len(images)} images, {len(masks)} masks'
                f'{"; unpaired: " + first_of(unpaired) if unpaired else ""}. An archive may be '
                'unpacked in part: unpack it again (srm-mmseg prepare-dataset). If another data set '
                'lies there, set data_root or SOD_DATA. To take what is there, set num_pairs=None '
                f'({self._setting("num_pairs=None")}).'
            )

    def _setting(self, setting: str) -> str:
        """Tell how a setting of this data set is written on the command line."""
        splits = ('val', 'test') if self.test_mode else ('train',)
        keys = ' '.join(f'{split}_dataloader.dataset.{setting}' for split in splits)
        return f'--cfg-options {keys}; dataset.datasets.0, .1, ... where there are several sets'

    def _refuse_unpaired(
        self, stems: Sequence[str], images: dict[str, str], masks: dict[str, str]
    ) -> None:
        """Raise an error that names the stems without an image or without a mask."""
        for what, paths, folder in (
            ('an image', images, self.data_prefix['img_path']),
            ('a mask', masks, self.data_prefix['seg_map_path']),
        ):
            missing = [stem for stem in stems if stem not in paths]
            if missing:
                raise FileNotFoundError(
                    f'Expected {what} in {folder!r} for each of {len(stems)} stems, but '
                    f'none for {len(missing)}: {first_of(missing)}. Add the files, or list the complete '
                    'pairs in an ann_file.'
                )
