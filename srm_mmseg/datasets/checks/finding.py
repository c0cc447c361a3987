"""What a check can find: faults make training or scores wrong, notes are worth knowing."""

from __future__ import annotations

from typing import NamedTuple

FAULTS = {
    'no_files': 'a folder does not exist, or has no file with the suffix',
    'wrong_count': "there are more or fewer complete pairs than the config's num_pairs",
    'link_loop': 'a symbolic link leads back to a folder above it',
    'no_list': 'ann_file does not exist, is empty or is not UTF-8',
    'listed_twice': 'ann_file lists a stem several times',
    'listed_missing': 'ann_file lists a stem that has neither an image nor a mask',
    'missing_mask': 'an image has no mask',
    'missing_image': 'a mask has no image',
    'name_mismatch': "an image's and a mask's stem differ in case, spaces or Unicode form only",
    'ambiguous_stem': 'two files of a folder have the same stem',
    'broken_link': 'a symbolic link leads nowhere',
    'not_a_file': 'a folder or a device has the name of an image',
    'unreadable_file': 'the operating system refuses to read the file',
    'empty_file': 'the file has no bytes',
    'not_an_image': 'the file is text, HTML or something else',
    'refused_file': 'a file that is not read: too large for the memory, or of another format',
    'corrupt_file': 'an image file that is cut off or damaged',
    'size_mismatch': "the mask's size is not that of the upright image",
    'exif_mismatch': 'EXIF turns the image when it is read, but the mask is made for it as stored',
    'tiny_image': 'a side is below 32 pixels',
    'blank_image': 'the image has one colour only',
    'image_is_mask': 'the image is a copy of its mask',
    'mask_orientation': 'the mask has an EXIF orientation; masks are not turned',
    'mask_mode': 'the image mode of the mask cannot be read as grey levels',
    'coloured_mask': 'the mask is coloured, so that its levels do not tell what is salient',
    'palette_mask': 'a palette of labels other than 0 and 1',
    'transparent_mask': 'the mask is transparent in places',
    'label_mask': 'grey levels that are labels, with 255 for "ignore"',
    'grey_mask': 'areas of middle grey: scores depend on the threshold',
    'empty_mask': 'the mask is all black',
    'mask_below_threshold': 'no level of the mask is above the threshold, so that it reads as empty',
    'full_mask': 'the mask is all white',
    'inverted_mask': 'foreground all around: the background is marked, not the object',
    'same_mask': 'two different images have the same mask, pixel by pixel',
    'duplicate_image': 'an image of the same set has the same pixels',
    'near_duplicate': 'an image of the same set is the same picture, resized, recompressed, ...',
    'conflicting_masks': 'the same picture has two masks that differ',
    'leak': 'a test image is also in the training set, pixel by pixel',
    'near_leak': 'a test image is the same picture as a training image, resized, ...',
}

NOTES = {
    'stray_file': 'the file is no part of the set: another suffix, or hidden',
    'case_clash': 'stems that differ in case only: one overwrites the other on some systems',
    'wrong_suffix': 'the suffix is not that of the format; it decodes all the same',
    'several_frames': 'an animation or a series, of which the first frame is read',
    'exif_orientation': 'EXIF turns the image when it is read',
    'grey_image': 'the image has one channel',
    'grey_as_rgb': 'the image has three channels that are alike',
    'cmyk_image': 'the image has four channels, for print; without a profile its colours are approximate',
    'palette_image': 'the image has at most 256 colours',
    'transparent_image': 'what is transparent is read as if it lay on white',
    'sixteen_bit_image': 'the upper 8 bits are read, of 16 or of those that are used',
    'mask_encoding': 'a mask other than 8-bit grey of 0 and 255, which reads as it should',
    'soft_mask': 'levels between 0 and 255, at the edges or as noise',
    'mask_at_threshold': 'many pixels are within a level of the threshold',
    'no_object': 'the mask is all black, as it may be in this set: nothing is salient',
    'maybe_inverted': 'foreground on most of the border: the object, or the background?',
    'tiny_object': 'the foreground is below a thousandth of the image',
}


class Finding(NamedTuple):
    """A fault or a note.

    Attributes:
        file: The file that it is about.
        kind: A key of ``FAULTS`` or ``NOTES``.
        detail: What is wrong with this file.
        other: The file that it is compared with, if any.
    """

    file: str
    kind: str
    detail: str
    other: str = ''

    @property
    def is_fault(self) -> bool:
        """Whether training or scores would be wrong."""
        return self.kind in FAULTS
