"""How far the run of a checkpoint has come, or why it cannot go on from there."""

from __future__ import annotations

from pathlib import Path
from pickle import UnpicklingError
from typing import Any, NamedTuple
from zipfile import is_zipfile

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import CheckpointLoader
from mmseg.registry import MODELS

from srm_mmseg.engine.checkpoint import load_from_local


class NotResumableError(ValueError):
    """What is wrong with a checkpoint, in a few words."""


class Progress(NamedTuple):
    """How far a run has come."""

    iteration: int
    epoch: int
    seed: int | None
    validation_due: bool  # the run was cut off in the validation that follows


def model_shapes(config: Config) -> dict[str, torch.Size]:
    """Build the model of a config, and list the shapes of its state."""
    init_default_scope(config.get('default_scope') or 'mmengine')
    return {key: value.shape for key, value in MODELS.build(config.model).state_dict().items()}


def read_progress(path: str, config: Config, shapes: dict[str, torch.Size]) -> Progress:
    """Read a checkpoint to its end, and how far its run has come.

    Args:
        path: Path or address of the checkpoint.
        config: The config that is to be trained on.
        shapes: :func:`model_shapes` of it.

    Raises:
        FileNotFoundError: If there is no such file.
        NotResumableError: If it is not whole, or not of a run of this config's model.
    """
    checkpoint = load(path)
    meta, state = checkpoint.get('meta'), checkpoint.get('state_dict')
    if not isinstance(meta, dict) or not isinstance(state, dict):
        raise NotResumableError('not the checkpoint of a run')
    if 'optimizer' not in checkpoint:
        raise NotResumableError('weights alone, without the state of the optimizer')
    if config.get('param_scheduler') and 'param_schedulers' not in checkpoint:
        raise NotResumableError('without the state of the parameter schedulers')
    hub = checkpoint.get('message_hub')
    if not all(is_count(meta.get(key)) for key in ('iter', 'epoch')) or hub is None:
        raise NotResumableError('without the iteration that it was saved at')
    seed = meta.get('seed')
    if seed is not None and not is_count(seed, 2**32):
        raise NotResumableError(f'of no seed that a run can have: {seed!r}'[:80])
    refuse_other_model(state, shapes)
    refuse_strange_state(checkpoint)
    due = hub.get('runtime_info', {}).get('due_validation', False)
    return Progress(meta['iter'], meta['epoch'], seed, due)


def is_count(value: Any, end: float = float('inf')) -> bool:
    """Tell whether a value is a whole number from 0 to before the end."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < end


def load(path: str) -> dict[str, Any]:
    """Load a checkpoint, or say in a few words why it cannot be."""
    if '://' in path:
        return CheckpointLoader.load_checkpoint(path, map_location='cpu')
    file = Path(path).expanduser()
    if file.is_symlink() and not file.exists():
        raise NotResumableError('a link to nothing')
    if file.is_dir():
        raise NotResumableError('a folder')
    if file.exists() and not file.stat().st_size:
        raise NotResumableError('empty')
    try:
        checkpoint = load_from_local(str(file), map_location='cpu')
    except FileNotFoundError:
        raise
    except PermissionError:
        raise NotResumableError('not to be read: permission denied') from None
    except Exception as error:
        refused = isinstance(error, UnpicklingError) and is_zipfile(file)
        reason = 'refused, as it could run code' if refused else 'truncated or damaged'
        raise NotResumableError(reason) from error
    if not isinstance(checkpoint, dict):
        raise NotResumableError('not the checkpoint of a run')
    return checkpoint


def refuse_other_model(state: dict[str, Any], shapes: dict[str, torch.Size]) -> None:
    """Raise an error unless a state has the keys and shapes of the model."""
    for key in sorted(shapes.keys() | state.keys()):
        if key not in shapes or shapes[key] != getattr(state.get(key), 'shape', None):
            raise NotResumableError(f'of another model: {key}')


def refuse_strange_state(checkpoint: dict[str, Any]) -> None:
    """Raise an error unless the optimizer's, the schedulers' and the logs' states look like ones.

    Whether an optimizer takes its state is known only when it does.
    """
    optimizer, hub = checkpoint['optimizer'], checkpoint['message_hub']
    groups = optimizer.get('param_groups', []) if isinstance(optimizer, dict) else None
    states = optimizer.get('state', {}) if isinstance(optimizer, dict) else None
    if (
        not are_dicts(groups)
        or not are_dicts(states)
        or not all(map(holds_numbers, values(states)))
    ):
        raise NotResumableError("damaged: it holds something else as the optimizer's state")
    if not are_dicts(checkpoint.get('param_schedulers', [])):
        raise NotResumableError("damaged: it holds something else as the schedulers' state")
    if not isinstance(hub, dict) or not are_dicts(hub) or not names_files(hub):
        raise NotResumableError('damaged: it holds something else as logs')


def names_files(hub: dict[str, Any]) -> bool:
    """Tell whether logs name checkpoints by texts, and those that are kept by whole numbers."""
    info = hub.get('runtime_info', {})
    paths = [info[key] for key in info if str(key).startswith(('best_ckpt', 'last_ckpt'))]
    outdated, kept = info.get('outdated_ckpts', []), info.get('keep_ckpt_ids', [])
    if not isinstance(outdated, list) or not isinstance(kept, list):
        return False
    return all(isinstance(one, str) for one in paths + outdated) and all(map(is_count, kept))


def values(several: Any) -> list[Any]:
    """List what is in a dict or a list."""
    return list(several.values() if isinstance(several, dict) else several)


def are_dicts(several: Any) -> bool:
    """Tell whether this is a list or a dict of dicts, or of lists of them."""
    is_series = isinstance(several, dict | list | tuple)
    return is_series and all(isinstance(one, dict) or are_dicts(one) for one in values(several))


def holds_numbers(state: dict[str, Any]) -> bool:
    """Tell whether a parameter's state is of tensors and numbers."""
    return all(one is None or isinstance(one, torch.Tensor | int | float) for one in state.values())
