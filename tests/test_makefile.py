"""Which environments ``make`` makes, and what CI runs."""

import os
import re
import subprocess
import tomllib

import pytest
from helpers import REPO

PROJECT = tomllib.loads((REPO / 'pyproject.toml').read_text())['project']
MAKEFILE = (REPO / 'Makefile').read_text()
SET_BY_MAKE = {'MAKEFLAGS', 'MFLAGS', 'MAKEOVERRIDES', 'PYTHON', 'TOOLBOX', 'VENV'}
"""What ``make test`` hands to its tests, which plan runs of their own."""


def planned(*arguments):
    """The commands that a target runs where nothing is made yet, by default with python3."""
    env = {name: os.environ[name] for name in os.environ.keys() - SET_BY_MAKE}
    made = ('--dry-run', '--always-make', '--no-print-directory')
    command = ['make', *made, *arguments]
    done = subprocess.run(command, cwd=REPO, env=env, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize(
    ('environment', 'toolbox', 'arguments'),
    [
        ('.venv', 'onedl', ['test']),
        ('.venv-python3.12', 'onedl', ['test', 'PYTHON=/usr/bin/python3.12']),
        ('.venv-openmmlab', 'openmmlab', ['test-openmmlab']),
        ('.venv-python3.12-openmmlab', 'openmmlab', ['test-openmmlab', 'PYTHON=python3.12']),
        ('mine', 'openmmlab', ['test-openmmlab', 'VENV=mine']),
    ],
)
def test_a_python_and_a_toolbox_have_an_environment(environment, toolbox, arguments):
    commands = planned(*arguments)
    assert f' -m venv {environment}\n' in commands
    assert f'-e ".[{toolbox},test]" -c requirements/constraints.txt' in commands
    assert ('--no-build-isolation' in commands) == (toolbox == 'openmmlab')
    assert f'\n{environment}/bin/python -m pytest -m "not slow and not long" ' in commands


def test_the_pythons_that_are_declared_are_taken():
    tested = [one[-4:] for one in PROJECT['classifiers'] if one[:-2].endswith('Python :: 3.')]
    assert tested and PROJECT['requires-python'] == f'>={tested[0]}'
    assert all(f'(3, {one[2:]})' in MAKEFILE for one in tested)


def test_ci_lints_first_with_what_a_commit_is_checked_with():
    targets = re.findall(r'^make (\S+)', (REPO / '.ci/run').read_text(), re.M)
    assert targets == ['lint', 'test', 'docs', 'test-slow']
    hooks = (REPO / '.pre-commit-config.yaml').read_text()
    linted = planned('lint')
    tools = re.findall(r'entry: (.+)', hooks)
    assert len(tools) == 5
    for tool in tools:
        assert f'/bin/{tool.removesuffix(" --fix")}' in linted
    assert '/bin/ruff check .\n' in linted and '/bin/ruff format --check .\n' in linted
