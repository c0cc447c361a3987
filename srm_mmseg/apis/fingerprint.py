"""Tell files and models by what is in them: names and times lie."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from srm_mmseg.apis.model_choice import ModelChoice
from srm_mmseg.config_names import find_config
from srm_mmseg.engine.packaged_weights import FINDERS


class Fingerprint(NamedTuple):
    """What tells a file from others.

    Attributes:
        size: Bytes.
        time: When it was written, nanoseconds since 1970; for people, a copy may keep it.
        sha256: Digest of all bytes.
    """

    size: int
    time: int
    sha256: str


def fingerprint(path: str | os.PathLike) -> Fingerprint:
    """Read a file whole.

    Raises:
        OSError: If it cannot be read.
    """
    with open(path, 'rb') as file:
        status = os.fstat(file.fileno())
        digest = hashlib.file_digest(file, 'sha256').hexdigest()
    return Fingerprint(status.st_size, status.st_mtime_ns, digest)


def is_still(path: str | os.PathLike, known: Mapping[str, Any]) -> bool:
    """Whether a file is there and as it was noted: read whole only if its size is the same.

    Args:
        path: The file.
        known: Its :class:`Fingerprint`, as a dictionary.
    """
    try:
        is_as_long = os.path.getsize(path) == known['size']
        return is_as_long and fingerprint(path).sha256 == known['sha256']
    except OSError:
        return False


def model_fingerprint(choice: ModelChoice) -> dict[str, str | None]:
    """Tell a model from others, for a note.

    Args:
        choice: Of files.

    Returns:
        The mode and, by 'config' and 'checkpoint', a digest. A config's is of the settings that
        decide on maps, after those of its ``_base_`` files: where it lies and what else it says do
        not count.

    Raises:
        OSError: If a file cannot be read.
    """
    path = Path(choice.config).expanduser()
    if choice.checkpoint is not None:
        return {
            'dtype': choice.way,
            'config': _digest_of_settings(choice.config),
            'checkpoint': _digest_of_weights(str(choice.checkpoint)),
        }
    found: dict[str, str | None] = {'dtype': choice.way, 'config': fingerprint(path).sha256}
    if path.suffix.lower() == '.xml':  # its weights are beside it
        found['checkpoint'] = fingerprint(path.with_suffix('.bin')).sha256
    return found


def _digest_of_weights(checkpoint: str) -> str:
    """Digest a file of weights; where they are named by URL, the name."""
    if find := FINDERS.get(checkpoint.partition('://')[0]):
        return fingerprint(find(checkpoint)).sha256
    if '://' in checkpoint:
        return hashlib.sha256(checkpoint.encode()).hexdigest()
    return fingerprint(Path(checkpoint).expanduser()).sha256


def _digest_of_settings(config: str | Path) -> str:
    """Digest what decides on a config's maps."""
    from mmengine.config import Config  # the toolbox, which exported models do without

    from srm_mmseg.model_file import pipelines_of_test

    settings = Config.fromfile(find_config(config))
    keys = ('custom_imports', 'default_scope', 'model', 'test_evaluator')
    decisive = {key: settings.get(key) for key in keys}
    decisive['test_pipeline'] = pipelines_of_test(settings)[0]  # all have the same size
    text = json.dumps(decisive, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
