"""Names of weights without what wrappers put in front of them."""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import Any

_WRAPPERS = re.compile(r'^(module\.|_orig_mod\.)+|(?<=\.)_orig_mod\.')


def without_wrappers(weights: Any) -> OrderedDict:
    """Take off ``module.`` of (Distributed)DataParallel and ``_orig_mod.`` of ``torch.compile``.

    Args:
        weights: Weights by name, as of ``state_dict()``.

    Returns:
        The same values in the same order, and the modules' versions that PyTorch keeps beside them.

    Raises:
        ValueError: If this is no dict with names, or two names become one.
    """
    if not isinstance(weights, dict) or not all(isinstance(name, str) for name in weights):
        raise ValueError('it holds no weights by name')
    plain: OrderedDict = OrderedDict()
    for name, value in weights.items():
        bare = _WRAPPERS.sub('', name)
        if bare in plain:
            raise ValueError(f'it holds {bare!r} both with and without the prefix of a wrapper')
        plain[bare] = value
    versions = getattr(weights, '_metadata', None)
    if isinstance(versions, dict) and all(isinstance(one, dict) for one in versions.values()):
        # The root's name is empty: all names here lack the dot at their end.
        plain._metadata = OrderedDict(  # type: ignore[attr-defined]
            (_WRAPPERS.sub('', f'{name}.')[:-1], one) for name, one in versions.items()
        )
    return plain
