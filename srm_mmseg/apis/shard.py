"""A part of the inputs, which is drawn on one of several machines: ``infer --shard I/N``."""

from __future__ import annotations

import argparse
import hashlib
import os
import os.path as osp
import re
from dataclasses import dataclass

from srm_mmseg.apis.inputs import Found


@dataclass(frozen=True)
class Shard:
    """One of ``count`` parts, which have no input in common and all inputs together.

    A file's own name below its folder decides on its part, and no other file does: where the folder
    gains or loses files between the starts of two shards, the others stay where they are. So parts
    are about as large as each other, not exactly.

    Attributes:
        index: Which part, from 0.
        count: How many there are.

    Example:
        >>> [sum(Shard(index, 3).has(f'{name}.jpg') for name in range(99)) for index in range(3)]
        [39, 32, 28]
    """

    index: int = 0
    count: int = 1

    def __str__(self) -> str:
        return f'{self.index}/{self.count}'

    def has(self, name: str) -> bool:
        """Tell whether a file is of this part, by its path below its folder, suffix included."""
        digest = hashlib.sha256(os.fsencode(name)).digest()
        return int.from_bytes(digest[:8], 'big') % self.count == self.index

    def of(self, found: Found) -> Found:
        """Leave out the images and videos of the other parts; names stay those of a whole run."""
        return found._replace(
            images=[one for one in found.images if self.has(_file_name(one.name, one.origin))],
            videos=[one for one in found.videos if self.has(_file_name(*one))],
        )


def _file_name(name: str, origin: str | int) -> str:
    """Tell a file's path below its folder; an output's name lacks the suffix if others let it."""
    return osp.join(osp.dirname(name), osp.basename(origin) if isinstance(origin, str) else name)


def add_shard_argument(parser: argparse.ArgumentParser) -> None:
    """Add the flag that chooses a part; without it, all inputs are in the one part that there is."""
    parser.add_argument(
        '--shard',
        type=shard,
        default=Shard(),
        metavar='I/N',
        help='draw part I of N alone, I from 0 to N-1; on other machines, or in a slurm array that '
        'starts at 0 (--shard $SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT), draw the others',
    )


def shard(text: str) -> Shard:
    """Read what ``--shard`` is given.

    Raises:
        ArgumentTypeError: If it is no I/N with I from 0 to N-1.
    """
    numbers = re.fullmatch('([0-9]{1,9})/([0-9]{1,9})', text)
    read = Shard(int(numbers[1]), int(numbers[2])) if numbers else Shard(1, 0)
    if read.index >= read.count:
        raise argparse.ArgumentTypeError(
            f'expected I/N with I from 0 to N-1, such as 0/8 for the first of eight, but got {text!r}. '
            'Start a slurm array at 0 (--array=0-7), where SLURM_ARRAY_TASK_ID is I'
        )
    return read
