"""``benchmark.py steps``: the model in the box from file to file, step by step; needs no toolbox."""

from __future__ import annotations

import argparse
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from srm_mmseg.apis.onnx_backend import OnnxBackend
from srm_mmseg.apis.sources import Source, sources
from srm_mmseg.cli.benchmarks.report import add_output_arguments, report
from srm_mmseg.datasets.toy_pairs import make_pair
from srm_mmseg.saliency.eight_bits import quantise
from srm_mmseg.saliency.encode import encode
from srm_mmseg.zoo.cards import DEFAULT, find_card


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--images', metavar='DIR', help='photographs; 40 generated ones by default')
    parser.add_argument('--repeats', type=int, default=3, help='runs, of which the best counts')
    add_output_arguments(parser)


def write_images(folder: Path, count: int = 40) -> None:
    """Write generated pictures of 400 x 300 pixels."""
    folder.mkdir()
    for index in range(count):
        image, _ = make_pair(np.random.default_rng(index))
        cv2.imwrite(str(folder / f'{index}.jpg'), cv2.resize(image, (400, 300)))


def each(work: Callable, inputs: Sequence) -> tuple[float, list]:
    """Do work on every input; milliseconds for one, and the results."""
    start = time.perf_counter()
    results = [work(one) for one in inputs]
    return 1000 * (time.perf_counter() - start) / len(inputs), results


def steps(folder: str) -> dict[str, float]:
    """Time what ``infer`` does to an image, one step after the other, in milliseconds."""
    backend = OnnxBackend(find_card(DEFAULT).onnx)

    def decode(source: Source) -> tuple[tuple[int, int], np.ndarray]:
        image = source.read()
        return image.shape[:2], cv2.resize(image, backend.scale)[..., ::-1]

    spent = {}
    spent['decode'], decoded = each(decode, list(sources(folder)))
    spent['network'], scores = each(lambda one: backend(one[1][None])[0], decoded)
    sizes = [size for size, _ in decoded]
    resize = lambda both: backend.maps(both[0], both[1], False)[0]  # noqa: E731
    spent['resize'], maps = each(resize, [*zip(scores, sizes)])
    spent['encode'], _ = each(lambda one: encode(quantise(one)), maps)
    return spent


def from_file_to_file(folder: str, out: Path) -> tuple[float, float]:
    """Run ``infer`` as a user does: milliseconds an image, and seconds from the start to the first map."""
    start = time.perf_counter()
    command = (sys.executable, '-m', 'srm_mmseg', 'infer', folder, '--out', str(out))
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    while process.poll() is None and not any(out.glob('map/**/*.png')):
        time.sleep(0.005)
    first = time.perf_counter() - start
    printed, _ = process.communicate()
    found = re.search(r'^(\d+) images? .* in ([\d.]+) s,', printed, re.MULTILINE)
    if process.returncode or not found:
        raise ValueError(
            f'expected infer to draw every image of {folder!r}, but it printed {printed}'
        )
    return 1000 * float(found[2]) / int(found[1]), first


def run(args: argparse.Namespace) -> None:
    """Print milliseconds by step and as a whole, and their ratio to the network's."""
    with tempfile.TemporaryDirectory() as folder:
        images = args.images or f'{folder}/images'
        if not args.images:
            write_images(Path(images))
        runs = [steps(images) for _ in range(args.repeats)]
        outs = (Path(folder, f'out{index}') for index in range(args.repeats))
        wholes, firsts = zip(*(from_file_to_file(images, out) for out in outs))
    spent = {name: min(one[name] for one in runs) for name in runs[0]}
    spent['infer, from file to file'] = min(wholes)
    rows = [
        {'step': name, 'model': DEFAULT, 'ms': one, 'ratio': one / spent['network']}
        for name, one in spent.items()
    ]
    report(rows, args, 'ratio', "of the network's time")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f'first map {min(firsts):.2f} s after the start; at most {peak:.0f} MiB of memory')
