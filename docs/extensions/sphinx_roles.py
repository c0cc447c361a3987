"""Docstrings as the site reads them: Sphinx's roles become code, ``::`` before a block a colon.

And ``Example:`` becomes ``Examples:``, which is a section of doctests to griffe; the other is a box of prose.
"""

import re
from typing import Any

from griffe import Extension, Object

ROLE = re.compile(r':(?:attr|class|func|meth|mod):`~?([^`]+)`')
EXAMPLE = re.compile(r'^Example:$', re.MULTILINE)
LITERAL_BLOCK = re.compile(r'::(?=\n\n? *\S)')


class SphinxRoles(Extension):
    """Rewrites each docstring as it is read."""

    def on_object(self, *, obj: Object, **kwargs: Any) -> None:
        """Rewrite an object's docstring, if it has one."""
        if obj.docstring:
            text = ROLE.sub(r'`\1`', obj.docstring.value)
            obj.docstring.value = EXAMPLE.sub('Examples:', LITERAL_BLOCK.sub(':', text))
