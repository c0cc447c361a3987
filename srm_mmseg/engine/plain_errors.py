"""End ``tools/train.py``, ``tools/test.py`` and their like with one line, without a traceback."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from pickle import UnpicklingError
from traceback import walk_tb

from mmengine.registry import Registry
from mmengine.runner import Runner

from srm_mmseg.datasets.image_file import BadFileError
from srm_mmseg.datasets.stems import BadSetError
from srm_mmseg.engine.checkpoint import BadCheckpointError
from srm_mmseg.engine.config_file import BadConfigError, one_line
from srm_mmseg.engine.loading_errors import is_lack_of_memory, sent_errors, told_of_loading
from srm_mmseg.engine.lost_ranks import LostRankError
from srm_mmseg.file_errors import told, writing
from srm_mmseg.saliency.stages import BadStageError

MISFIT = (
    *(KeyError, TypeError, ValueError, AttributeError, AssertionError, IndexError),
    *(ImportError, NotImplementedError, ZeroDivisionError),
)
"""What a class raises whose settings do not fit it."""
ANSWERS = (
    *(BadCheckpointError, BadConfigError, BadFileError, BadSetError),
    *(BadStageError, LostRankError, UnpicklingError),
)
"""Errors whose message is the line."""
RUNNER = (Runner.__init__.__code__, Runner.from_cfg.__code__)


@contextmanager
def plain_file_errors(*folders: str | Path) -> Iterator[None]:
    """End the program with one line where data, files or the config are not what is needed.

    That is: a bad file or none, folders that are no data set, a checkpoint that is refused, a loading process that was killed or
    had no memory, a file that cannot be written, settings that a component does not take. Other
    errors keep their traceback.

    Args:
        folders: Folders that the program writes to, to name where an error names no file.
    """
    try:
        with sent_errors(), raised_log_errors():
            yield
    except ANSWERS as error:
        sys.exit(f'error: {own_text(error)}')
    except OSError as error:
        if is_lack_of_memory(error):
            sys.exit(f'error: {told_of_loading(error)}')
        sys.exit(f'error: {own_text(error) if error.errno is None else told(error, folders)}')
    except RuntimeError as error:
        if is_lack_of_memory(error):
            sys.exit(f'error: {told_of_loading(error)}')
        reason = told_of_resuming(error)
        if reason is None:
            raise
        sys.exit(f'error: {reason}')
    except MISFIT as error:
        reason = told_of_building(error)
        if reason is not None:
            sys.exit(f'error: {reason} Change the config or --cfg-options.')
        reason = told_of_resuming(error)
        if reason is None:
            raise
        sys.exit(f'error: {reason}')


def own_text(error: Exception) -> str:
    """Cut an error's message out of the traceback's text, as which a loading process sends it."""
    return str(error).rsplit(f'{type(error).__name__}: ', 1)[-1].strip()


def told_of_building(error: Exception) -> str | None:
    """Tell in a line which component could not be built; None if none was being built."""
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    builds = [frame for frame in frames if frame.f_code is Registry.build.__code__]
    if not builds and not any(frame.f_code in RUNNER for frame in frames):
        return None
    registry, settings = (
        (builds[-1].f_locals[name] for name in ('self', 'cfg')) if builds else ({}, {})
    )
    component = settings.get('type') if isinstance(settings, dict) else None
    if ' is not in the ' in str(error) and isinstance(component, str):
        names = {*registry.module_dict, *(registry.parent.module_dict if registry.parent else ())}
        close = ' or '.join(get_close_matches(component, names, n=2))
        meant = f' Did you mean {close}?' if close else ' Or import its module in custom_imports.'
        return f'Expected the name of a {registry.name}, but got {component!r}.{meant}'
    owner = repr(component) if component else 'the config'
    return f'Expected settings of {owner} that fit, but got {one_line(error).rstrip(".")}.'


def told_of_resuming(error: Exception) -> str | None:
    """Tell in a line which checkpoint's state does not fit the run; None if none was taken up."""
    for frame, _ in walk_tb(error.__traceback__):
        if frame.f_code is Runner.resume.__code__:
            return (
                f'Expected the state of a run of this config in {frame.f_locals["filename"]!r}, but '
                f'got {one_line(error).rstrip(".")}. Use the config that it was trained with, or '
                'start from its weights alone in another --work-dir: --cfg-options load_from=WEIGHTS.'
            )
    return None


@contextmanager
def raised_log_errors() -> Iterator[None]:
    """Raise errors of writing a log file, which Python prints for each line and passes over."""
    own = logging.FileHandler.handleError

    def handle_error(handler: logging.FileHandler, record: logging.LogRecord) -> None:
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            own(handler, record)
            return
        with writing(handler.baseFilename):
            raise error

    logging.FileHandler.handleError = handle_error  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        logging.FileHandler.handleError = own  # type: ignore[method-assign]
