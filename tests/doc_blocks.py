"""The fenced blocks of the documents, and what it takes to run them."""

import argparse
import ast
import re
import runpy
import shlex
import sys
from contextlib import chdir
from itertools import dropwhile
from pathlib import Path
from typing import NamedTuple

from helpers import REPO

PAGES = [REPO / 'README.md', REPO / 'CONTRIBUTING.md', *sorted((REPO / 'docs').rglob('*.md'))]
FENCE = re.compile(r'^( *)```(.*)\n((?:(?! *```).*\n)*) *```$', re.MULTILINE)
MODULE = re.compile(r'# (\w+\.py)\n')
SYSTEM_COMMANDS = (
    *(
        'awk',
        'cp',
        'cd',
        'docker',
        'export',
        'git',
        'ln',
        'mim',
        'mkdir',
        'sbatch',
        'set',
        'shuf',
        'source',
    ),
    'unzip',
)
PLACEHOLDERS = {
    'N': '1',
    'HxW': '65x65',
    'I/N': '0/2',
    'KEY=VALUE': 'a=1',
    'NAME': 'DUTS-TE',
    'STAGE': '1',
}
TOOL = re.compile(r'tools/\w+\.(py|sh)$')


class Block(NamedTuple):
    """A fenced block; its name is the page and the first line."""

    page: Path
    language: str
    text: str

    @property
    def name(self) -> str:
        return f'{self.page.relative_to(REPO)}: {self.text.splitlines()[0].strip()}'

    @property
    def kind(self) -> str:
        """What runs it: config (assignments alone), module (opens with its name), python, shell, or text."""
        if self.language == 'python':
            if MODULE.match(self.text):
                return 'module'
            simple = (ast.Assign, ast.AugAssign)
            is_config = all(isinstance(line, simple) for line in ast.parse(self.text).body)
            return 'config' if is_config else 'python'
        words = {command[0] for command in commands(self) if command}
        known = words & {'python', 'bash', 'pip', 'make', 'srm-mmseg', 'torchrun', *SYSTEM_COMMANDS}
        return 'shell' if self.language in ('sh', 'bash') or known else 'text'


def blocks() -> list[Block]:
    found = []
    for page in PAGES:
        for indent, language, text in FENCE.findall(page.read_text()):
            found.append(Block(page, language.strip(), re.sub(f'(?m)^{indent}', '', text)))
    return found


def commands(block: Block) -> list[list[str]]:
    """Part a shell block into commands and their words, as they would be typed."""
    text = block.text.replace('\\\n', ' ')
    parted = []
    for line in text.splitlines():
        try:
            words = shlex.split(line, comments=True)
        except ValueError:  # a quotation mark of prose
            words = line.split()
        parted.append([])
        for word in words:
            if word in ('&&', '|', ';'):
                parted.append([])
            else:
                parted[-1].append(word)
    return [typed(words) for words in parted if words]


def typed(words: list[str]) -> list[str]:
    """Write out the documents' shorthand: ``[--flag A|B]`` is ``--flag A``, ``INPUT ...`` is ``INPUT``.

    What only starts a command is left out: variables of the environment, and ``srun`` with its flags.
    """
    while words and re.fullmatch(r'[A-Z_]+=\S*', words[0]):
        words = words[1:]
    if words[:1] == ['srun']:
        words = list(dropwhile(lambda word: word.startswith('-'), words[1:]))
    if '>' in words:
        words = words[: words.index('>')]
    plain = []
    for word in (word.replace('$SLURM_ARRAY_TASK_ID', '0') for word in words):
        if word == '...':
            continue
        in_brackets = word.startswith('[--') or (plain and word.endswith(']') and '[' not in word)
        word = word.lstrip('[').rstrip(']') if in_brackets else word
        word = word.split('|')[0] if in_brackets else word
        plain.append(PLACEHOLDERS.get(word, word))
    return plain


def tool_of(command: list[str]) -> tuple[str, list[str]] | None:
    """Name the tool that a command calls, and its arguments; ``dist_X.sh`` and ``slurm_X.sh`` hand theirs to ``X.py``.

    ``srm-mmseg x`` is that of ``x.py``, or by itself where there is none; ``torchrun`` may start it.
    """
    if command[:1] == ['torchrun']:
        command = ['srm-mmseg', *command[command.index('srm_mmseg') + 1 :]]
    if command[:1] == ['srm-mmseg']:
        tool = f'tools/{"".join(command[1:2]).replace("-", "_")}.py'
        return (tool, command[2:]) if (REPO / tool).is_file() else ('srm-mmseg', command[1:])
    if len(command) < 2 or command[0] not in ('python', 'bash') or not TOOL.match(command[1]):
        return None
    tool, arguments = command[1], command[2:]
    if tool.startswith('tools/dist_'):
        count = 2 if 'test' in tool else 1
        arguments = [*arguments[:count], *arguments[count + 1 :]]
        tool = tool.replace('dist_', '').replace('.sh', '.py')
    if tool.startswith('tools/slurm_'):
        arguments = arguments[2:]  # partition and job
        tool = tool.replace('slurm_', '').replace('.sh', '.py')
    return tool, arguments


class Parsed(Exception):
    """Raised in place of a tool's work, once its arguments are parsed."""


def run_tool(
    tool: str, arguments: list[str], monkeypatch, folder: Path, parse_only: bool
) -> object:
    """Run a tool in this process, or only parse its arguments.

    Returns:
        What it exits with; a text is an error.
    """
    parse = argparse.ArgumentParser.parse_args
    intermixed = argparse.ArgumentParser.parse_intermixed_args

    def parse_and_stop(self, *args, **kwargs):
        parsed = parse(self, *args, **kwargs)
        if self.prog == 'srm-mmseg':  # the command has a parser of its own
            return parsed
        raise Parsed

    def intermixed_and_stop(self, *args, **kwargs):
        intermixed(self, *args, **kwargs)
        raise Parsed

    with monkeypatch.context() as patch, chdir(folder):
        patch.setattr(sys, 'argv', [tool, *arguments])
        patch.setattr('warnings.showwarning', lambda *args, **kwargs: None)
        if parse_only:
            patch.setattr(argparse.ArgumentParser, 'parse_args', parse_and_stop)
            patch.setattr(argparse.ArgumentParser, 'parse_intermixed_args', intermixed_and_stop)
        try:
            if tool == 'srm-mmseg':
                runpy.run_module('srm_mmseg', run_name='__main__')
            else:
                runpy.run_path(str(REPO / tool), run_name='__main__')
        except Parsed:
            return 0
        except SystemExit as end:
            return end.code
    return 0
