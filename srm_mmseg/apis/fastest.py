"""Find by trying which engine and type compute a model's maps soonest here, and remember it."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import platform
import subprocess
import sys
import time
import warnings
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from srm_mmseg.apis.backend import Backend
from srm_mmseg.apis.cache_folder import cache_folder
from srm_mmseg.apis.fingerprint import model_fingerprint
from srm_mmseg.apis.model_choice import ModelChoice, known_device, with_files_of_zoo
from srm_mmseg.apis.open_backend import open_backend
from srm_mmseg.datasets.toy_pairs import make_pair
from srm_mmseg.whole_file import write_whole

MOST_DIFFERENCE = 0.01
"""Mean difference of maps, 0 to 1, up to which another way counts.

It is that of generated pictures, of which a model of photographs is less sure: bfloat16 changes maps of
srm_lite0 by 0.008 on these, and by 0.0009 on photographs of ECSSD.
"""

ROUNDS = 5
PICTURES = 8
MEMORY = 'fastest.json'


class Trial(NamedTuple):
    """What a way to run the model took and gave.

    Attributes:
        choice: The way.
        runs_on: It in words.
        ms: Of an image.
        difference: Mean, of its maps from those of the first way.
    """

    choice: ModelChoice
    runs_on: str
    ms: float
    difference: float


class Found(NamedTuple):
    """The fastest way, as it is remembered: of whatever file has the model now.

    Attributes:
        dtype: That PyTorch computes in.
        precision: That OpenVINO computes in.
        exported: Whether a config's model is run from its file in the cache.
        reason: What was found, for people.
    """

    dtype: str | None
    precision: str | None
    exported: bool
    reason: str

    def of(self, choice: ModelChoice) -> ModelChoice:
        """Run a model so; as it is, if it cannot be exported any more."""
        file = exported_once(choice) if self.exported else None
        if self.exported and file is None:
            return choice
        if file is not None:
            choice = choice._replace(config=file, checkpoint=None)
        return choice._replace(dtype=self.dtype, precision=self.precision, reason=self.reason)


def settled(choice: ModelChoice, batch_size: int = 1) -> ModelChoice:
    """Find the files of a model of the zoo and, for the dtype 'auto', the fastest way to run it.

    Raises:
        FileNotFoundError, ImportError, UnpicklingError, ValueError: As of
            :func:`~srm_mmseg.apis.open_backend.open_backend`.
    """
    choice = with_files_of_zoo(choice._replace(device=known_device(choice.device)))
    if choice.dtype != 'auto':
        return choice
    if choice.precision:
        raise ValueError(
            f"Expected no precision beside the dtype 'auto' (--fast auto), which finds it, but got "
            f'{choice.precision!r}. Leave one of them out.'
        )
    return fastest(choice._replace(dtype=None), batch_size)


def fastest(choice: ModelChoice, batch_size: int) -> ModelChoice:
    """Choose the fastest way whose maps differ little from those of the first one.

    Args:
        choice: Of files, with no dtype and no precision.
        batch_size: Images of a call.

    Returns:
        The choice, whose ``reason`` says what was found, or remembered from an earlier time. To have it
        tried again, remove :data:`MEMORY` in :func:`~srm_mmseg.apis.cache_folder.cache_folder`.
    """
    if choice.checkpoint is not None:
        import srm_mmseg.register  # noqa: F401  It tells what to install.
    path, key = cache_folder() / MEMORY, _key(choice, batch_size)
    memory = _remembered(path)
    if known := memory.get(key):
        return Found(**known).of(choice)
    trials = try_all(ways(choice), batch_size)
    equal = [one for one in trials if one.difference <= MOST_DIFFERENCE]
    best = min(equal, key=lambda one: one.ms)
    others = ', '.join(f'{one.runs_on} {one.ms:.1f}' for one in trials if one is not best)
    reason = (
        f'{best.ms:.1f} ms an image here (others: {others or "none"}); maps differ by '
        f'{best.difference:.4f} on average from those of {trials[0].runs_on}'
    )
    exported = choice.checkpoint is not None and best.choice.checkpoint is None
    found = Found(best.choice.dtype, best.choice.precision, exported, reason)
    if not _remember({**memory, key: found._asdict()}, path):
        found = found._replace(
            reason=f'{reason}; not remembered, as {path.parent} cannot be written'
        )
    return found.of(choice)


def ways(choice: ModelChoice) -> list[ModelChoice]:
    """List the ways in which a model can be run here; to the first one's maps others are compared."""
    suffix = Path(choice.config).suffix.lower()
    if choice.checkpoint is not None:
        on_cpu = choice.device == 'cpu' or (choice.device == 'auto' and not _has_gpu())
        dtypes = ('float32', 'bfloat16') if on_cpu else ('float32', 'bfloat16', 'float16')
        exported = exported_once(choice) if on_cpu else None
        file = ways(choice._replace(config=exported, checkpoint=None)) if exported else []
        return [choice, *(choice._replace(dtype=one) for one in dtypes), *file]
    precisions = [choice._replace(precision=one) for one in ('f32', 'bf16')]
    if suffix == '.xml':
        return [choice, *precisions]  # the first is int8 of a file of int8
    is_shared = suffix == '.onnx' and choice.device in ('auto', 'cpu')
    has_openvino = importlib.util.find_spec('openvino') is not None
    return [choice, *(precisions if is_shared and has_openvino else ())]


def try_all(choices: Sequence[ModelChoice], batch_size: int) -> list[Trial]:
    """Run the same pictures through every way, in turn."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # of types that are slow here, which the trial shows
        backends = [open_backend(one, batch_size) for one in choices]
        scale = backends[0].scale
        images = pictures(scale)
        maps = [_maps(backend, images) for backend in backends]
        batch = np.resize(images, (batch_size, *images.shape[1:]))
        seconds = [[_seconds(one, batch) for one in backends] for _ in range(ROUNDS)]
    return [
        Trial(
            way, one.runs_on, 1000 * min(times) / batch_size, float(np.abs(map_ - maps[0]).mean())
        )
        for way, one, map_, times in zip(choices, backends, maps, zip(*seconds))
    ]


def pictures(scale: tuple[int, int]) -> np.ndarray:
    """Draw pictures with objects, N x H x W x 3, uint8."""
    drawn = (make_pair(np.random.default_rng(seed))[0] for seed in range(PICTURES))
    return np.stack([cv2.resize(one, scale) for one in drawn])


def exported_once(choice: ModelChoice) -> str | None:
    """Export a config's model to the cache, for the engines; None where that cannot be done here."""
    digest = hashlib.sha256(json.dumps(model_fingerprint(choice)).encode()).hexdigest()
    path = cache_folder() / 'exported' / f'{digest[:20]}.onnx'
    if not path.exists():
        command = (sys.executable, '-m', 'srm_mmseg', 'export', choice.config, choice.checkpoint)
        done = subprocess.run(
            [*map(str, command), str(path), '--stages'], capture_output=True, check=False
        )
        if done.returncode:
            return None
    return str(path)


def _maps(backend: Backend, images: np.ndarray) -> np.ndarray:
    """Compute the final maps at the network's size."""
    return np.stack([backend.maps(one, images.shape[1:3])[0] for one in backend(images)])


def _seconds(backend: Backend, batch: np.ndarray) -> float:
    """Time a batch, to the last map."""
    start = time.perf_counter()
    for one in backend(batch):
        backend.maps(one, batch.shape[1:3])
    return time.perf_counter() - start


def _has_gpu() -> bool:
    """Tell whether PyTorch would take a GPU."""
    import torch

    return torch.cuda.is_available()


def _key(choice: ModelChoice, batch_size: int) -> str:
    """Digest all that the answer depends on: the model, this machine, and the versions."""
    facts = [model_fingerprint(choice), choice.device, batch_size, _processor(), os.cpu_count()]
    facts += [_version(name) for name in ('onnxruntime', 'openvino', 'torch', 'srm-mmseg')]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    """Name the CPU, with what it can compute where Linux says so."""
    info = Path('/proc/cpuinfo')
    if not info.exists():
        return platform.processor()
    lines = info.read_text().splitlines()
    return ' '.join(one for one in lines[:40] if one.startswith(('model name', 'flags')))


def _remembered(path: Path) -> dict[str, Any]:
    """Read what was found earlier; nothing of a file that another version wrote."""
    try:
        memory = json.loads(path.read_text())
        fields = set(Found._fields)
        return {key: one for key, one in memory.items() if set(one) == fields}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _remember(memory: dict[str, Any], path: Path) -> bool:
    """Write what was found; tell whether the folder can be written to."""
    try:
        write_whole(json.dumps(memory, indent=1).encode(), path)
    except OSError:
        return False
    return True
