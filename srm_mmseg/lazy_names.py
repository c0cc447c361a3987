"""Names of a package that are imported when they are first used, so that importing it stays light."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def importer(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """Make the ``__getattr__`` of a package.

    Args:
        package: Its ``__name__``.
        modules: The module below the package that each name is in.

    Returns:
        A function that imports a name; an ``AttributeError`` tells what is there.
    """

    def get(name: str) -> Any:
        if name not in modules:
            raise AttributeError(
                f'Expected a name in {package} ({", ".join(modules)}), but got {name!r}.'
            )
        return getattr(import_module(f'{package}.{modules[name]}'), name)

    return get
