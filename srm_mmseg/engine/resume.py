"""Where a training begins: at the start, or at the newest whole checkpoint of its work folder."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from mmengine.config import Config

from srm_mmseg.datasets.image_file import BadFileError
from srm_mmseg.engine.arguments import LAST
from srm_mmseg.engine.run_progress import NotResumableError, Progress, model_shapes, read_progress

NAMES = ('epoch_{}.pth', 'iter_{}.pth')  # MMEngine's


def prepare_start(config: Config, resume: str | None) -> bool:
    """Set in a config where training begins.

    Args:
        config: The config; ``resume``, ``load_from`` and ``randomness`` of it are set.
        resume: Checkpoint to go on from; 'last' for the newest of the work folder; None to start
            anew, unless the config has ``resume=True``.

    Returns:
        Whether there is anything left to train.

    Raises:
        BadFileError: If there are checkpoints in the work folder that a new start would replace, or
            there is none that can be resumed; it names them.
    """
    if not resume and config.get('resume'):
        resume = config.get('load_from') or LAST
    if not resume:
        refuse_to_start_over(config)
        return True
    if '://' in checkpoint_folder(config) and resume == LAST:
        raise BadFileError(
            f'Expected checkpoints in a local folder, but out_dir is {checkpoint_folder(config)!r}. '
            'Name the one to resume: --resume CHECKPOINT.'
        )
    found = newest(config) if resume == LAST else named(config, resume)
    if found is None:
        say(f'No checkpoint in {config.work_dir!r} to resume: training starts at the beginning.')
        return True
    path, progress, why = found
    where = f'{path!r} (epoch {progress.epoch}, iteration {progress.iteration}), {why}'
    if is_finished(config, progress):
        say(f'Nothing is left to train: the run is finished at {where}.')
        return False
    say(f'Resuming from {where}.')
    # MMEngine resumes from load_from, which may be the weights that training started from. The
    # order of the data is drawn before it takes up the seed.
    config.resume, config.load_from = True, path
    if progress.seed is not None:
        config.randomness = dict(config.get('randomness', {}), seed=progress.seed)
    return True


def checkpoint_folder(config: Config) -> str:
    """Name the folder that a run writes its checkpoints to."""
    work_dir = os.path.abspath(config.work_dir)
    out_dir = checkpoint_hook(config).get('out_dir')
    return config.work_dir if out_dir is None else os.path.join(out_dir, Path(work_dir).name)


def checkpoint_hook(config: Config) -> dict:
    """Return the settings of the hook that saves checkpoints."""
    return (config.get('default_hooks') or {}).get('checkpoint') or {}


def checkpoints(config: Config) -> list[Path]:
    """List what has the name of a checkpoint that a run writes, whole or not."""
    templates = [*NAMES, checkpoint_hook(config).get('filename_tmpl') or NAMES[0]]
    names = '|'.join(re.escape(template).replace(r'\{\}', r'\d+') for template in templates)
    folder = Path(checkpoint_folder(config))
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if re.fullmatch(names, path.name))


def best_checkpoints(config: Config) -> list[Path]:
    """List the checkpoints of the best validations."""
    return sorted(Path(checkpoint_folder(config)).glob('best_*.pth'))


def refuse_to_start_over(config: Config) -> None:
    """Raise an error where a new run would replace the checkpoints of another."""
    there = [*checkpoints(config), *best_checkpoints(config)]
    if there:
        raise BadFileError(
            f'Expected a work folder without checkpoints, but {checkpoint_folder(config)!r} has '
            f'{listed(path.name for path in there)}. Go on from there with --resume, choose another '
            '--work-dir, or remove them.'
        )


def named(config: Config, path: str) -> tuple[str, Progress, str]:
    """Read the checkpoint that the user has named."""
    folder = Path(checkpoint_folder(config))
    if '://' in path or Path(path).expanduser().parent.resolve() != folder.resolve():
        refuse_to_start_over(config)
    try:
        return path, read_progress(path, config, model_shapes(config)), 'as asked for'
    except NotResumableError as error:
        raise BadFileError(
            f'Expected a checkpoint to resume from, but {path!r} is {error}. Name another, or '
            f'--resume alone for the newest in {config.work_dir!r}. Weights alone are where a new '
            'training can start: --cfg-options load_from=WEIGHTS.'
        ) from None


def newest(config: Config) -> tuple[str, Progress, str] | None:
    """Choose the whole checkpoint of the work folder that has come furthest, and say why.

    Returns:
        Its path, its progress and why it is this one; None if there is no checkpoint.
    """
    whole, others = {}, []
    paths = checkpoints(config)
    shapes = model_shapes(config) if paths else {}
    for path in paths:
        try:
            whole[path] = read_progress(str(path), config, shapes)
        except NotResumableError as error:
            others.append(f'{path.name!r} ({error})')
    if not whole:
        refuse_lost_run(config, others)
        return None
    path = max(whole, key=lambda path: whole[path][:2])
    remarks = [
        *pointer_remark(config, path),
        *([f'passed over: {", ".join(others)}'] if others else []),
    ]
    why = '; '.join(['the newest whole checkpoint', *remarks])
    return str(path), whole[path], why


def refuse_lost_run(config: Config, others: list[str]) -> None:
    """Raise an error if a run was here, of which nothing can be resumed."""
    best = [f'{path.name!r} (weights alone)' for path in best_checkpoints(config)]
    if others or best:
        raise BadFileError(
            f'Expected a checkpoint to resume from in {checkpoint_folder(config)!r}, but got '
            f'{", ".join([*others, *best])}. Copy a whole one there, or choose another --work-dir or '
            'remove them to start anew; weights alone are where it can start: '
            '--cfg-options load_from=WEIGHTS.'
        )
    pointer = read_pointer(config)
    if pointer:
        raise BadFileError(
            f'Expected a checkpoint in {checkpoint_folder(config)!r}, whose last_checkpoint names '
            f'{shortened(pointer)!r}, but there is none. Copy it there, name one (--resume CHECKPOINT), or '
            'remove last_checkpoint to start anew.'
        )


def read_pointer(config: Config) -> str | None:
    """Read the name in ``last_checkpoint``: '' if there is none in it, None if it cannot be read."""
    try:
        text = Path(config.work_dir, 'last_checkpoint').read_text().strip('\0 \t\r\n')
    except (OSError, UnicodeDecodeError):
        return None
    return None if '\0' in text else text  # which no path has


def pointer_remark(config: Config, chosen: Path) -> list[str]:
    """Say why ``last_checkpoint`` is not followed, if it names another file."""
    pointer = read_pointer(config)
    if not pointer:
        there = os.path.lexists(Path(config.work_dir, 'last_checkpoint'))
        what = 'is missing' if not there else 'cannot be read' if pointer is None else 'is empty'
        return [f'last_checkpoint {what}']
    is_bare = pointer == Path(pointer).name
    if not is_bare and os.path.realpath(Path(pointer).parent) != os.path.realpath(chosen.parent):
        return [f'last_checkpoint names {shortened(pointer)!r}, in another folder']
    if Path(pointer).name != chosen.name:
        return [f'last_checkpoint names {shortened(Path(pointer).name)!r}']
    return []


def shortened(text: str, most: int = 200) -> str:
    """Cut a long text."""
    return text if len(text) <= most else f'{text[:most]}...'


def is_finished(config: Config, progress: Progress) -> bool:
    """Tell whether a run has come to the end that the config sets."""
    loop = config.get('train_cfg') or {}
    at_end = progress.epoch >= loop.get('max_epochs', float('inf')) or (
        progress.iteration >= loop.get('max_iters', float('inf'))
    )
    return at_end and not (progress.validation_due and config.get('val_cfg') is not None)


def listed(names: Any, most: int = 5) -> str:
    """List the first few names."""
    names = list(names)
    return ', '.join(map(repr, names[:most])) + (', ...' if len(names) > most else '')


def say(line: str) -> None:
    """Print a line, in the first of several processes."""
    if os.environ.get('RANK', os.environ.get('SLURM_PROCID', '0')) == '0':
        print(line, flush=True)
