"""Each message in the page of errors is one that the code gives."""

import ast
import re

import pytest
from helpers import REPO

QUOTED = re.findall(r'^### `(.+)`$', (REPO / 'docs/faq.md').read_text(), re.MULTILINE)
SOURCES = [*(REPO / 'srm_mmseg').rglob('*.py'), *(REPO / 'tools').rglob('*.py')]


def texts(tree):
    """Yield the texts of a program; what they are filled with is written ``...``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (one.value if isinstance(one, ast.Constant) else '...' for one in node.values)
            yield ''.join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.fixture(scope='module')
def messages():
    found = [text for path in SOURCES for text in texts(ast.parse(path.read_text()))]
    return [re.sub(r'\s+', ' ', text) for text in found]


def test_there_are_errors():
    assert len(QUOTED) >= 25 and len(set(QUOTED)) == len(QUOTED)


@pytest.mark.parametrize('quoted', QUOTED)
def test_a_quoted_error_is_one_of_the_code(quoted, messages):
    assert any(quoted in text for text in messages)
