"""``benchmark.py folder``: a model from file to file, by step; that in the box needs no toolbox."""

from __future__ import annotations

import argparse
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from srm_mmseg.apis.arguments import add_model_arguments, open_inferencer
from srm_mmseg.apis.backend import Backend
from srm_mmseg.apis.claims import PICTURES
from srm_mmseg.apis.fingerprint import fingerprint
from srm_mmseg.apis.inferencer import Saliency
from srm_mmseg.apis.sources import sources
from srm_mmseg.cli.benchmarks.report import add_output_arguments, report
from srm_mmseg.cli.infer import kinds
from srm_mmseg.datasets.photograph import on_white
from srm_mmseg.datasets.toy_pairs import make_pair
from srm_mmseg.engine.kept_memory import keep_freed_memory
from srm_mmseg.saliency.encode import encode
from srm_mmseg.whole_file import write_whole

WHOLE = 'infer, from file to file'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--images', metavar='DIR', help='photographs; 40 generated ones by default')
    parser.add_argument(
        '--size', type=size, default=(400, 300), metavar='WxH', help='of generated ones; 400x300'
    )
    parser.add_argument(
        '--save', type=kinds, default=('map',), metavar='KIND,...', help='as of infer; map'
    )
    parser.add_argument('--repeats', type=int, default=3, help='runs, of which the best counts')
    add_model_arguments(parser)
    add_output_arguments(parser)


def size(text: str) -> tuple[int, int]:
    """Read ``WIDTHxHEIGHT``."""
    found = re.fullmatch(r'([1-9]\d*)x([1-9]\d*)', text)
    if not found:
        raise argparse.ArgumentTypeError(f'expected WIDTHxHEIGHT in pixels, but got {text!r}')
    return int(found[1]), int(found[2])


def write_images(folder: Path, size: tuple[int, int], count: int = 40) -> None:
    """Write generated JPEGs of a width and a height."""
    folder.mkdir()
    for index in range(count):
        image, _ = make_pair(np.random.default_rng(index))
        cv2.imwrite(str(folder / f'{index}.jpg'), cv2.resize(image, size))


def flags_of(args: argparse.Namespace) -> list[str]:
    """Write the flags of the model for ``infer``, as they were given."""
    names = ('config', 'checkpoint', 'device', 'fast', 'precision')
    given = {f'--{name}': getattr(args, name) for name in names}
    return [text for flag, value in given.items() if value for text in (flag, value)]


def steps(backend: Backend, folder: str, out: Path, save: Sequence[str]) -> dict[str, float]:
    """Do what ``infer`` does to each image of a folder, one step after the other.

    Returns:
        Milliseconds an image, by step.
    """
    backend(np.zeros((1, *backend.scale[::-1], 3), np.uint8))  # the first call takes longer
    found = list(sources(folder))
    spent: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def timed(step: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        spent[step] += 1000 * (time.perf_counter() - start) / len(found)

    for source in found:
        with timed('decode'):
            pixels = source.read()
            fingerprint(source.origin)
            image = cv2.resize(on_white(pixels), backend.scale)[..., ::-1]
        with timed('network'):
            [scores] = backend(image[None])
        with timed('resize'):
            maps = backend.maps(scores, pixels.shape[:2], stages='stages' in save)
        with timed('encode'):
            result = Saliency(source._replace(read=partial(np.asarray, pixels)), maps[-1], maps)
            files = [encode(PICTURES[kind](result)) for kind in save]
        with timed('write'):
            for kind, data in zip(save, files):
                write_whole(data, out / kind / f'{source.name}.png')
    return dict(spent)


def from_file_to_file(
    folder: str, out: Path, save: Sequence[str] = ('map',), flags: Sequence[str] = ()
) -> tuple[float, float]:
    """Run ``infer`` as a user does: milliseconds an image, and seconds to the first picture."""
    command = (sys.executable, '-m', 'srm_mmseg', 'infer', folder, '--out', str(out))
    start = time.perf_counter()
    process = subprocess.Popen(
        (*command, '--save', ','.join(save), *flags),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    while process.poll() is None and not any(out.glob(f'{save[0]}/**/*.png')):
        time.sleep(0.005)
    first = time.perf_counter() - start
    printed, _ = process.communicate()
    found = re.search(r'^(\d+) images? .* in ([\d.]+) s, ([\d.]+)/s', printed, re.MULTILINE)
    if process.returncode or not found:
        raise ValueError(
            f'expected infer to draw every image of {folder!r}, but it printed {printed}'
        )
    count, seconds, rate = map(float, found.groups())
    # Both are rounded to a tenth: the larger one is the more exact.
    return 1000 / rate if rate > seconds else 1000 * seconds / count, first


def run(args: argparse.Namespace) -> None:
    """Print milliseconds by step and as a whole, their share and their ratio to the network's."""
    keep_freed_memory()
    cv2.setNumThreads(1)  # as infer has it
    inferencer = open_inferencer(args, batch_size=1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        images = args.images or str(folder / 'images')
        if not args.images:
            write_images(Path(images), args.size)
        runs, wholes, firsts = [], [], []
        for index in range(args.repeats):  # in turns, as a shared machine is faster now and then
            runs.append(steps(inferencer.backend, images, folder / f'steps{index}', args.save))
            out = folder / f'infer{index}'
            whole, first = from_file_to_file(images, out, args.save, flags_of(args))
            wholes.append(whole)
            firsts.append(first)
    spent = {step: min(one[step] for one in runs) for step in runs[0]}
    together = sum(spent.values())
    spent[WHOLE] = min(wholes)
    rows = [
        {
            'step': step,
            'model': Path(args.config).stem,
            'ms': ms,
            'share': ms / together,
            'ratio': ms / spent['network'],
        }
        for step, ms in spent.items()
    ]
    report(rows, args, 'ratio', "of the network's time")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(inferencer.runs_on)
    print(f'infer reaches {spent["network"] / spent[WHOLE]:.2f} of the rate of the bare network')
    print(f'first picture {min(firsts):.2f} s after the start; at most {peak:.0f} MiB of memory')
