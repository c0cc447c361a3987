"""Leaves out what the toolbox and PyTorch say of themselves."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout


@contextmanager
def quiet(verbose: bool) -> Iterator[None]:
    """Open a model without a word on the output, and let the program warn of nothing from now on.

    Args:
        verbose: Whether to leave all as it is. Errors are raised in any case.
    """
    if verbose:
        yield
        return
    warnings.simplefilter('ignore')
    with redirect_stdout(io.StringIO()):
        yield
