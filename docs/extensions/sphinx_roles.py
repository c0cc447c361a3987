"""Docstrings as Markdown: Sphinx's roles become code, and ``::`` before an example a colon."""

import re
from typing import Any

from griffe import Extension, Object

ROLE = re.compile(r':(?:attr|class|func|meth|mod):`~?([^`]+)`')
LITERAL_BLOCK = re.compile(r'::(?=\n\n? *\S)')


class SphinxRoles(Extension):
    """Rewrites each docstring as it is read."""

    def on_object(self, *, obj: Object, **kwargs: Any) -> None:
        """Rewrite an object's docstring, if it has one."""
        if obj.docstring:
            text = ROLE.sub(r'`\1`', obj.docstring.value)
            obj.docstring.value = LITERAL_BLOCK.sub(':', text)
