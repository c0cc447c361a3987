"""What runs of infer print and write."""

import re
from pathlib import Path

import cv2
from odd_images import BROKEN


def read(path):
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def written(folder, pattern='*.*'):
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob(pattern))


def assert_failures_are_named(done, folder):
    assert done.returncode == 1 and 'Traceback' not in done.err
    report = done.err[done.err.index('5 inputs failed:') :]
    for name in BROKEN:
        assert len(re.findall(re.escape(f'{folder}/{name}'), report)) >= 1, name
    assert len(report.strip().splitlines()) == 6


def refusal(infer, *args):
    done = infer(*args)
    assert done.returncode == 1 and 'Traceback' not in done.err
    return done.err
