"""Configs by name, in a clone and in an installed wheel; importing it needs no toolbox."""

from __future__ import annotations

import os.path as osp
import re
from difflib import get_close_matches
from itertools import takewhile
from pathlib import Path

from srm_mmseg.zoo.cards import cards

PACKAGE = Path(__file__).parent
ROOT = PACKAGE / '.mim' if (PACKAGE / '.mim').is_dir() else PACKAGE.parent
"""What holds ``configs`` and ``tools``: a folder of the wheel, or the clone."""

CONFIGS = ROOT / 'configs'
DATASETS = CONFIGS / '_base_/datasets'


class BadConfigError(ValueError):
    """A config, or a setting of one, that cannot be used; the message names it."""


def config_names() -> list[str]:
    """List the names of the configs that come with the package, without those of their bases."""
    return sorted(path.stem for path in CONFIGS.glob('*.py'))


def find_config(name: str | Path) -> str:
    """Find a config.

    A config of one's own inherits, wherever it lies, from one that comes with the package by::

        _base_ = __import__('srm_mmseg').find_config('srm_r50_duts')

    Args:
        name: Path of a file; or the name of a config that comes with the package, or of one of its
            data sets, with or without ``.py``: ``srm_r50_duts``, ``configs/srm_r50_duts.py``,
            ``sod_benchmark``; or the name of a model of the zoo: ``srm_lite0``.

    Returns:
        The path of the file; a given one as it is, its ``~`` expanded.

    Raises:
        BadConfigError: If there is no such file and no config of that name; it lists names like it.
    """
    path = osp.expanduser(str(name))
    if osp.isfile(path):
        return path
    if osp.isdir(path):
        raise BadConfigError(
            f'Expected a config at {path!r}, but that is a folder. Name a file in it.'
        )
    file = path.removeprefix('configs/').removesuffix('.py') + '.py'
    for folder in (CONFIGS, DATASETS):
        if not osp.isabs(path) and osp.isfile(folder / file):
            return str(folder / file)
    if path in (models := cards()):
        return find_config(models[path].config)
    raise BadConfigError(
        f'Expected the path or the name of a config, but got {path!r}, and there is no such file. '
        + _instead(Path(path))
    )


def _instead(path: Path) -> str:
    """Name the models of the zoo and the configs, beside a path or of the package, that are like it; or all."""
    names = {name: name for name in (*cards(), *config_names())}
    names |= {one.stem: str(one) for one in sorted(path.parent.glob('*.py'))}
    close = [names[stem] for stem in get_close_matches(path.stem, names, n=3, cutoff=0.5)]
    if close:
        return f'Did you mean {" or ".join(close)}?'
    return f'Models of the zoo: {", ".join(cards())}; configs by name: {", ".join(config_names())}.'


def heading(path: str | Path) -> str:
    """Read the comment that a config opens with, without the number signs."""
    lines = Path(path).read_text('utf-8').splitlines()
    comment = takewhile(lambda line: line.startswith('#'), lines)
    return '\n'.join(line.removeprefix('#').removeprefix(' ') for line in comment)


def purpose(path: str | Path) -> str:
    """Read what a config is for: the first statement of its heading."""
    return re.split(r'[.:;](?:\s|$)', ' '.join(heading(path).splitlines()))[0]
