"""The reference has every component that a config can name."""

import re
from pkgutil import resolve_name

import pytest
from helpers import REPO
from mmengine.registry import OPTIM_WRAPPERS
from mmseg import registry

ENTRIES = [
    entry
    for page in sorted((REPO / 'docs/reference').glob('*.md'))
    for entry in re.findall(r'^::: (\S+)$', page.read_text(), re.MULTILINE)
]
REGISTRIES = [getattr(registry, name) for name in dir(registry) if name.isupper()]
REGISTRIES.append(OPTIM_WRAPPERS)


def components():
    """Name what this project has put into the registries that configs draw on."""
    kinds = {kind for one in REGISTRIES for kind in (one, one.parent) if kind}
    found = [component for kind in kinds for component in kind.module_dict.values()]
    ours = [one for one in found if getattr(one, '__module__', '').startswith('srm_mmseg.')]
    return {f'{one.__module__}.{one.__name__}' for one in ours}


def test_every_component_has_an_entry():
    names = components()
    assert len(names) >= 20
    assert names <= set(ENTRIES), sorted(names - set(ENTRIES))


@pytest.mark.parametrize('entry', ENTRIES)
def test_an_entry_is_there_and_documented(entry):
    assert resolve_name(entry).__doc__


@pytest.mark.parametrize('name', sorted(components()))
def test_a_component_shows_an_example(name):
    assert '\n    Example:\n' in resolve_name(name).__doc__
    assert '>>> ' in resolve_name(name).__doc__
