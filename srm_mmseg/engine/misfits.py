"""Which weights do not fit a model, in a line where the toolbox lists every key."""

from __future__ import annotations

import re

from torch import nn

from srm_mmseg.terminal import counted, first_of

SHOWN = 3
"""Keys, of each kind, that are named."""

LISTS = {
    'unexpected key': re.compile('unexpected key in source state_dict: (.+)'),
    'missing key': re.compile('missing keys in source state_dict: (.+)'),
}
LINES = re.compile('(?:size mismatch for|While copying the parameter named) .+')
"""Those that the toolbox writes for each weight of another size, or that is none."""


def in_short(message: str) -> str:
    """Count the keys that a message lists, and name the first few.

    Args:
        message: Of the toolbox's strict ``load_state_dict``.

    Returns:
        The message in a line; one of another kind as it is.
    """
    parts = []
    for what, pattern in LISTS.items():
        found = pattern.search(message)
        if found:
            keys = found[1].split(', ')
            parts.append(f'{counted(len(keys), what)} ({first_of(keys, SHOWN)})')
    lines = LINES.findall(message)
    if lines:
        more = f', and {len(lines) - 1} more' if len(lines) > 1 else ''
        parts.append(lines[0].rstrip('. ') + more)
    return '; '.join(parts) or message


def broken_weights(model: nn.Module) -> str:
    """Name the weights and statistics that are no finite numbers; '' if all are."""
    broken = [name for name, one in model.state_dict().items() if not one.isfinite().all()]
    return f'{counted(len(broken), "weight")} ({first_of(broken, SHOWN)})' if broken else ''
