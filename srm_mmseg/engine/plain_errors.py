"""End ``tools/train.py``, ``tools/test.py`` and their like with one line, without a traceback."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from mmengine.registry import build_from_cfg

from srm_mmseg.datasets.image_file import BadFileError
from srm_mmseg.datasets.stems import BadSetError
from srm_mmseg.engine.config_file import BadConfigError, one_line
from srm_mmseg.engine.file_errors import told, writing
from srm_mmseg.engine.loading_errors import is_lack_of_memory, sent_errors, told_of_loading
from srm_mmseg.engine.lost_ranks import LostRankError

MISFIT = (
    *(KeyError, TypeError, ValueError, AttributeError, AssertionError, IndexError),
    *(ImportError, NotImplementedError, ZeroDivisionError),
)
"""What a class raises whose settings do not fit it."""


@contextmanager
def plain_file_errors(*folders: str | Path) -> Iterator[None]:
    """End the program with one line where data, files or the config are not what is needed.

    That is: a bad file or none, folders that are no data set, a loading process that was killed or
    had no memory, a file that cannot be written, settings that a component does not take. Other
    errors keep their traceback.

    Args:
        folders: Folders that the program writes to, to name where an error names no file.
    """
    try:
        with sent_errors(), raised_log_errors():
            yield
    except (BadConfigError, BadFileError, BadSetError, LostRankError) as error:
        sys.exit(f'error: {own_text(error)}')
    except OSError as error:
        sys.exit(f'error: {own_text(error) if error.errno is None else told(error, folders)}')
    except RuntimeError as error:
        if not is_lack_of_memory(error):
            raise
        sys.exit(f'error: {told_of_loading(error)}')
    except MISFIT as error:
        component = being_built(error.__traceback__)
        if component is None:
            raise
        sys.exit(
            f'error: Expected settings of {component} that fit it, but got {one_line(error)}. '
            'Change them in the config or in --cfg-options.'
        )


def own_text(error: Exception) -> str:
    """Cut an error's message out of the traceback's text, as which a loading process sends it."""
    return str(error).rsplit(f'{type(error).__name__}: ', 1)[-1].strip()


def being_built(traceback: TracebackType | None) -> str | None:
    """Name the component of a config that was being built where an error was raised."""
    component = None
    while traceback is not None:
        frame = traceback.tb_frame
        if frame.f_code is build_from_cfg.__code__:
            settings = frame.f_locals.get('cfg')
            component = settings.get('type') if isinstance(settings, dict) else None
            component = repr(component or 'a component without a type')
        traceback = traceback.tb_next
    return component


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

    logging.FileHandler.handleError = handle_error  # type: ignore[method-assign]
    try:
        yield
    finally:
        logging.FileHandler.handleError = own  # type: ignore[method-assign]
