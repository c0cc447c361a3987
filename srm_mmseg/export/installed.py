"""Packages that an export needs and an extra installs."""

from __future__ import annotations

import importlib.util


def require(*packages: str, extra: str) -> None:
    """Raise an ImportError that names the packages which are not installed, and the remedy."""
    missing = [name for name in packages if not importlib.util.find_spec(name)]
    if missing:
        raise ImportError(
            f'Expected {" and ".join(missing)} to be installed, which this export needs: '
            f"pip install 'srm-mmseg[{extra}]'"
        )
