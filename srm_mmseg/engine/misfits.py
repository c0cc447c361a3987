"""Which weights do not fit a model, in a line where the toolbox lists every key."""

from __future__ import annotations

import re

from srm_mmseg.terminal import counted, first_of

SHOWN = 3
"""Keys, of each kind, that are named."""

LISTS = {
    'unexpected key': re.compile('unexpected key in source state_dict: (.+)'),
    'missing key': re.compile('missing keys in source state_dict: (.+)'),
}
SIZE = re.compile('size mismatch for .+')


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
    sizes = SIZE.findall(message)
    if sizes:
        more = f', and {len(sizes) - 1} more' if len(sizes) > 1 else ''
        parts.append(sizes[0].rstrip('. ') + more)
    return '; '.join(parts) or message
