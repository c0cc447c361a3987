"""Read configs and settings of the command line, or say in one line what is wrong with them."""

from __future__ import annotations

import os.path as osp
import sys
import traceback
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import mmengine
from mmengine.config import Config

from srm_mmseg.config_names import BadConfigError as BadConfigError
from srm_mmseg.config_names import find_config

PLUGIN = 'srm_mmseg.register'
LOADERS = [f'{split}_dataloader' for split in ('train', 'val', 'test')]
KINDS: dict[str, type] = {
    'default_scope': str,
    'work_dir': str,
    **dict.fromkeys(('model', 'optim_wrapper', 'env_cfg', 'randomness', 'default_hooks'), dict),
    'default_hooks.checkpoint': dict,
    'default_hooks.checkpoint.filename_tmpl': str,
    'default_hooks.checkpoint.out_dir': str,
    **dict.fromkeys((*LOADERS, *(f'{loader}.dataset' for loader in LOADERS)), dict),
    **dict.fromkeys(('train_cfg', 'val_cfg', 'test_cfg'), dict),
}
"""What kind of value keys of a config have, if they have any."""
TOOLBOX = osp.dirname(mmengine.__file__)


def read_config(path: str | Path, settings: dict[str, Any] | None = None) -> Config:
    """Read a config and replace some of its settings.

    Args:
        path: Config file, or a name that :func:`~srm_mmseg.find_config` knows.
        settings: Values by dotted key, as ``Settings`` collects them.

    Raises:
        BadConfigError: If there is no such config, it or one of its bases cannot be read, or a key
            leads to nothing that can be set.
    """
    path = find_config(path)
    try:
        config = Config.fromfile(path)
    except RecursionError as error:
        raise BadConfigError(
            f'Expected a config that can be read, but {path!r} fails: its _base_ files may lead back to '
            'it. Take the circle out.'
        ) from error
    except (Exception, SystemExit) as error:  # a config is a program: it can end in any way
        raise BadConfigError(
            f'Expected a config that can be read, but {path!r} fails{_place(error)}: {one_line(error)}'
        ) from error
    warn_of_lost_plugin(config, path)
    change(config, settings or {})
    return config


def change(config: Config, settings: dict[str, Any]) -> None:
    """Replace settings of a config.

    Args:
        config: The config.
        settings: Values by dotted key, as ``Settings`` collects them.

    Raises:
        BadConfigError: If a key leads to nothing that can be set.
    """
    path = config.filename
    for key, value in settings.items():
        _refuse_bad_key(config, key, value, path)
    try:
        config.merge_from_dict(settings)
    except Exception as error:
        raise BadConfigError(
            f'Expected settings that fit {path!r}, but {", ".join(settings)} do not: '
            f'{one_line(error)}'
        ) from error


def require(config: Config, *keys: str) -> None:
    """Refuse a config without one of the keys.

    Raises:
        BadConfigError: If there is none; it names the first.
    """
    for key in keys:
        found = config
        for part in key.split('.'):
            found = found.get(part) if isinstance(found, dict | Config) else None
        if found is None:
            raise BadConfigError(
                f'Expected {config.filename!r} to be the config of a model and its data, but it has no '
                f'{key!r}. Name one of configs/, not of its bases, or set it.'
            )


def require_kinds(config: Config) -> None:
    """Refuse a value where settings belong, which the toolbox would trip over.

    Raises:
        BadConfigError: If there is one; it names the first.
    """
    for key, kind in KINDS.items():
        found: Any = config
        for part in key.split('.'):
            found = found.get(part) if isinstance(found, dict | Config) else None
        if found is not None and not isinstance(found, kind):
            raise BadConfigError(
                f'Expected {key} of {config.filename!r} to be a {kind.__name__}, but got {found!r}.'
            )


def one_line(error: BaseException) -> str:
    """Tell an error in one line: its kind, and its text without breaks."""
    text = error.args[0] if isinstance(error, KeyError) and error.args else error
    return f'{type(error).__name__}: {" ".join(str(text).split())[:600]}'


def warn_of_lost_plugin(config: Config, path: str) -> None:
    """Warn of a list of imports that has replaced the one that names the plugin.

    These tools import it themselves; the toolbox's own would not find its components.
    """
    imports = (config.get('custom_imports') or {}).get('imports')
    imports = [imports] if isinstance(imports, str) else imports
    if imports is not None and PLUGIN not in imports:
        print(
            f'warning: Expected custom_imports of {path!r} to name {PLUGIN!r}, but got {list(imports)}: '
            "it replaces its base's list, and the toolbox's own tools will not find SRM's "
            f'components. Write custom_imports = dict(imports={[PLUGIN, *imports]}).',
            file=sys.stderr,
        )


def _place(error: BaseException) -> str:
    """Say in which line a config fails, where it is known."""
    if isinstance(error, SyntaxError):
        return f' in line {error.lineno}'
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.name == '<module>' and not frame.filename.startswith((TOOLBOX, '<'))
    ]
    return f' in line {frames[-1].lineno} of {frames[-1].filename!r}' if frames else ''


def _refuse_bad_key(config: Config, key: str, value: Any, path: str) -> None:
    """Refuse a key that leads through something that is neither a dict nor a list."""
    here: Any = config._cfg_dict
    parts = key.split('.')
    for depth, part in enumerate(parts):
        name = '.'.join(parts[:depth])
        if isinstance(here, Sequence) and not isinstance(here, str):
            if isinstance(here, tuple) or not part.isdigit() or int(part) >= len(here):
                raise BadConfigError(
                    f'Expected an index of {name} of {path!r}, a list of {len(here)}, but got '
                    f'{part!r} in {key}={value}. Set {name} as a whole, or use 0 to {len(here) - 1}.'
                )
            here = here[int(part)]
        elif isinstance(here, dict):
            if part not in here:
                _warn_of_new_key(here, key, part, name, path)
                return
            here = here[part]
        elif here is None:
            return
        else:
            raise BadConfigError(
                f'Expected {name} of {path!r} to have settings of its own, but it is {here!r}: '
                f'{key}={value} cannot be set.'
            )


def _warn_of_new_key(here: dict, key: str, part: str, name: str, path: str) -> None:
    """Warn of a key that is new and almost that of another setting: perhaps a slip."""
    close = get_close_matches(part, [str(one) for one in here], n=1, cutoff=0.8)
    if close:
        meant = f'{name}.{close[0]}' if name else close[0]
        print(
            f'warning: {key} is new in {path!r}, which has {meant}. Is it meant?', file=sys.stderr
        )
