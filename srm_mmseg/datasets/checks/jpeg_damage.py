"""Find JPEGs with damage in the middle, which every decoder papers over.

Pillow drops the warnings of libjpeg. OpenCV's libjpeg prints them, to the process's standard error,
without naming the file: hence one file after another, while that stream leads to a file.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

import cv2
import numpy as np
from tqdm import tqdm

from srm_mmseg.datasets.checks.finding import Finding

STANDARD_ERROR = 2
SIGNATURE = b'\xff\xd8\xff'
WARNING = 'Corrupt JPEG data'


def damaged_jpegs(paths: Sequence[str]) -> list[Finding]:
    """Decode JPEGs, at an eighth of their size, and return those that libjpeg warns of.

    Args:
        paths: Files that decode; those of other formats are left out.
    """
    findings = []
    with _standard_error_in_a_file() as (log, terminal):
        for path in tqdm(
            paths, desc='JPEG data', unit='file', file=terminal, dynamic_ncols=True, leave=False
        ):
            data = Path(path).read_bytes()
            if not data.startswith(SIGNATURE):
                continue
            cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_REDUCED_GRAYSCALE_8)
            warning = _take(log)
            if WARNING in warning:
                detail = f'damaged in the middle: {warning.strip()}'
                findings.append(Finding(path, 'corrupt_file', detail))
    return findings


@contextmanager
def _standard_error_in_a_file() -> Iterator[tuple[BinaryIO, TextIO]]:
    """Lead what the process prints to its standard error to a file for a while.

    Yields:
        The file, and where the standard error led before.
    """
    with os.fdopen(os.dup(STANDARD_ERROR), 'w') as terminal, tempfile.TemporaryFile() as log:
        os.dup2(log.fileno(), STANDARD_ERROR)
        try:
            yield log, terminal
        finally:
            os.dup2(terminal.fileno(), STANDARD_ERROR)


def _take(log: BinaryIO) -> str:
    """Read and empty a file; '' at little cost if nothing was written."""
    if log.seek(0, os.SEEK_END) == 0:
        return ''
    log.seek(0)
    text = log.read().decode(errors='replace')
    log.seek(0)
    log.truncate()
    return text
