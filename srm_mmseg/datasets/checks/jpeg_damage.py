"""Find JPEGs with damage in the middle, which every decoder papers over.

Pillow drops the warnings of libjpeg. OpenCV's libjpeg prints them, to the process's standard error,
without naming the file: hence one file after another, while that stream leads to a file.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

import cv2
import numpy as np

from srm_mmseg.datasets.checks.finding import Finding

STANDARD_ERROR = 2
WARNING = 'Corrupt JPEG data'


def damaged_jpegs(paths: Sequence[str]) -> list[Finding]:
    """Decode JPEGs, at an eighth of their size, and return those that libjpeg warns of.

    Args:
        paths: Files that decode. Those with another suffix than a JPEG's are left out.
    """
    findings = []
    with _standard_error_in_a_file() as log:
        for path in paths:
            if not path.lower().endswith(('.jpg', '.jpeg')):
                continue
            cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_REDUCED_GRAYSCALE_8)
            warning = _take(log)
            if WARNING in warning:
                detail = f'damaged in the middle: {warning.strip()}'
                findings.append(Finding(path, 'corrupt_file', detail))
    return findings


@contextmanager
def _standard_error_in_a_file() -> Iterator[BinaryIO]:
    """Lead what the process prints to its standard error to a file for a while."""
    original = os.dup(STANDARD_ERROR)
    with tempfile.TemporaryFile() as log:
        os.dup2(log.fileno(), STANDARD_ERROR)
        try:
            yield log
        finally:
            os.dup2(original, STANDARD_ERROR)
            os.close(original)


def _take(log: BinaryIO) -> str:
    """Read and empty a file; '' at little cost if nothing was written."""
    if log.seek(0, os.SEEK_END) == 0:
        return ''
    log.seek(0)
    text = log.read().decode(errors='replace')
    log.seek(0)
    log.truncate()
    return text
