"""The one door for checkpoints, of whatever name, in both distributions of the toolbox.

A pickle can run any code. With torch >= 2.6 the original MMEngine refuses its own checkpoints, and
the maintained fork falls back to unpickling whatever the file says; both execute the text of a
config that a checkpoint holds. :func:`strict_loading` puts this door in their place: tensors, plain
values and MMEngine's logs enter, and nothing runs.
"""

from __future__ import annotations

import ast
import os.path as osp
import re
from collections.abc import Callable
from functools import wraps
from pickle import UnpicklingError
from typing import Any

from mmengine.config import Config
from mmengine.logging import print_log
from mmengine.runner import checkpoint as toolbox
from safetensors.torch import load_file as load_safetensors

from srm_mmseg.engine.checkpoint_claims import check_archive, check_contents, contents
from srm_mmseg.engine.checkpoint_source import BRINGS
from srm_mmseg.engine.packaged_weights import FINDERS
from srm_mmseg.engine.strict_unpickling import reason_of, unpickle
from srm_mmseg.engine.weight_names import without_wrappers

_execute = Config.fromstring
_toolbox_own: dict[tuple[type, str], Any] = {}  # what strict loading has replaced
_texts: set[int] = set()  # hashes of all texts that came out of checkpoints


class BadCheckpointError(ValueError):
    """A checkpoint that cannot be brought or read, or whose weights are not the model's."""


def load_from_local(filename: str, map_location: Any = None) -> dict:
    """Load a checkpoint file without running code that it may hold.

    Args:
        filename: Path of the checkpoint, of PyTorch or ``.safetensors``.
        map_location: As in :func:`torch.load`.

    Returns:
        The checkpoint. Its weights, which are at ``state_dict`` or the whole of it, are named
        without the prefixes of wrappers: see :func:`without_wrappers`.

    Raises:
        FileNotFoundError: If there is no such file.
        UnpicklingError: If the file holds more than a checkpoint of MMEngine does.
        BadCheckpointError: If the file is truncated, no checkpoint, or claims more than it holds.
    """
    path = osp.expanduser(filename)
    if not osp.isfile(path):
        raise FileNotFoundError(
            f'Expected a checkpoint at {path!r}, but there is no such file. Check the path.'
        )
    try:
        if path.endswith('.safetensors'):
            return _read_safetensors(path)
        check_archive(path)
        checkpoint = unpickle(path, map_location)
        check_contents(checkpoint, path)
        _refuse_functions(checkpoint)
        checkpoint = _with_plain_names(checkpoint)
    except UnpicklingError as error:
        raise UnpicklingError(
            f'Refused to load {path!r}, which holds more than tensors, plain values and logs and '
            f'could run code: {reason_of(error)}. If you made it and trust it, save its weights '
            "alone: torch.save({'state_dict': model.state_dict()}, path)."
        ) from None
    except Exception as error:  # a damaged pickle raises any kind
        raise BadCheckpointError(
            f'Expected a checkpoint of PyTorch, but {path!r} cannot be read: {reason_of(error)}. '
            'The file may be truncated: copy or download it again.'
        ) from None
    _texts.update(hash(one) for one in contents(checkpoint) if isinstance(one, str))
    return checkpoint


def _read_safetensors(path: str) -> dict:
    """Read weights, which is all that such a file holds; stored in half the bytes, they are widened."""
    weights = {
        key: tensor.float() if tensor.is_floating_point() else tensor
        for key, tensor in load_safetensors(path).items()
    }
    return dict(state_dict=without_wrappers(weights))


def load_from_package(name: str, map_location: Any = None) -> dict:
    """Load weights of an installed package, ``scheme://model``, as :func:`load_from_local` does.

    Raises:
        FileNotFoundError: If the package is not installed.
    """
    return load_from_local(str(FINDERS[name.partition('://')[0]](name)), map_location)


def load_checkpoint(name: str, map_location: Any = None) -> dict:
    """Load a checkpoint by path or URL, of any scheme that the toolbox has, strictly.

    It is read by :func:`load_from_local`, whether or not :func:`strict_loading` is on.

    Raises:
        BadCheckpointError: Also if the file cannot be brought here, or the scheme is of others.
    """
    return _strict_loader(name)(name, map_location)


def strict_loading(on: bool = True) -> None:
    """Let the toolbox load every checkpoint through this door, or through its own loaders again.

    ``srm_mmseg.register`` turns it on. It may be called any number of times. A program that loads
    other projects' checkpoints, which it trusts, turns it off after importing the plugin::

        import srm_mmseg.register
        from srm_mmseg.engine.checkpoint import strict_loading

        strict_loading(False)
    """
    if on and not _toolbox_own:
        for (owner, name), ours in _REPLACEMENTS.items():
            _toolbox_own[owner, name] = vars(owner)[name]
            setattr(owner, name, ours)
    elif not on:
        for (owner, name), theirs in _toolbox_own.items():
            setattr(owner, name, theirs)
        _toolbox_own.clear()


def _refuse_functions(checkpoint: Any) -> None:
    """Refuse even harmless functions and classes: loading a state puts values where calls go."""
    for one in contents(checkpoint):
        if callable(one):
            raise UnpicklingError(f'it holds {one!r}, which can be called')


def _with_plain_names(checkpoint: Any) -> Any:
    """Take wrappers' prefixes off its weights, if it is a dict."""
    if not isinstance(checkpoint, dict):
        return checkpoint
    if 'state_dict' not in checkpoint:
        return without_wrappers(checkpoint)
    return {**checkpoint, 'state_dict': without_wrappers(checkpoint['state_dict'])}


def _strict_loader(name: str) -> Callable[..., dict]:
    """Find the strict loader in place of the toolbox's for a path or URL, or one of a scheme of ours."""
    if name.partition('://')[0] in FINDERS:
        return load_from_package
    schemes = toolbox.CheckpointLoader._schemes
    theirs = next(loader for scheme, loader in schemes.items() if re.match(scheme, name))
    if theirs is toolbox.load_from_local:
        return load_from_local

    @wraps(theirs)
    def load_from_afar(filename: str, map_location: Any = None) -> dict:
        if theirs not in BRINGS:
            raise BadCheckpointError(
                f'Expected a path or a URL of a scheme of MMEngine, but got {filename!r}: what '
                'another package registered cannot be read strictly. Download the file and name '
                'its path.'
            )
        try:
            with BRINGS[theirs](filename) as path:
                checkpoint = load_from_local(str(path), map_location)
        except (UnpicklingError, BadCheckpointError) as error:
            raise type(error)(f'{filename}: {error} Delete what was downloaded first.') from None
        except Exception as error:  # by the scheme any kind: network, hash, missing client
            reason = str(error).partition('\n')[0].rstrip('. ')
            raise BadCheckpointError(
                f'Expected to download {filename!r}, but got {type(error).__name__}: {reason}. '
                'Check the address, or download the file by hand and name its path; a part of a model '
                'starts from random weights with init_cfg=None.'
            ) from error
        is_mmcls = theirs is toolbox.load_from_mmcls
        return toolbox._process_mmcls_checkpoint(checkpoint) if is_mmcls else checkpoint

    return load_from_afar


def _config_of(cfg_str: Any, file_format: str = '.py') -> Config:
    """Take the place of ``Config.fromstring``, which executes text: not that of a checkpoint.

    MMEngine asks a resumed checkpoint's config for one setting, ``gpu_ids``. It is read as data.
    Nothing is built of such a text: building it is running it, as a type may name any function.
    """
    if isinstance(cfg_str, str) and hash(cfg_str) not in _texts:
        return _execute(cfg_str, file_format)
    print_log(
        'The config in the checkpoint is not executed: of it only gpu_ids is read.', 'current'
    )
    return Config(dict(gpu_ids=_gpu_ids(str(cfg_str)[:1_000_000])))


def _gpu_ids(text: str) -> list[int]:
    """Read the list assigned to ``gpu_ids``, if the text is Python and has a plain one."""
    try:
        for line in reversed(ast.parse(text).body):
            if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == 'gpu_ids':
                return [int(one) for one in ast.literal_eval(line.value)]
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        pass
    return []


_REPLACEMENTS = {
    (toolbox.CheckpointLoader, '_get_checkpoint_loader'): classmethod(
        lambda _, name: _strict_loader(name)
    ),
    (Config, 'fromstring'): staticmethod(_config_of),
}
