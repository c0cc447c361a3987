"""A config with all of its bases as one text, to be read and edited."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.runner import Runner

from srm_mmseg.config_names import heading

WIDTH = 100
READ = {
    *inspect.signature(Runner.__init__).parameters,
    *('custom_imports', 'default_scope', 'tta_model', 'tta_pipeline', 'test_pipeline'),
}
"""Names that the toolbox or a command reads; others serve these."""


def whole_text(path: str) -> str:
    """Write a config out without ``_base_``.

    A name stands in the part of the file that has the last word on it, below that file's heading and
    its own comment. A value that is an earlier name's is written as that name.

    Args:
        path: Config file.

    Returns:
        Python, from which the toolbox reads the same settings. Folders below ``SOD_DATA`` are written
        as they are now.
    """
    config = Config.fromfile(path)
    files = list(_with_bases(Path(path)))
    owners = {name: file for file in files for name in _comments(file)}
    lines: dict[str, str] = {}
    written: dict[str, Any] = {}
    for file in files:
        for name in (one for one, owner in owners.items() if owner == file and one in config):
            lines[name] = f'{name} = {_text(config[name], written, key=name)}'
            written[name] = config[name]
    used = _used(lines)
    parts = [_commented(heading(path))]
    for file in files:
        names = [name for name in used if owners[name] == file]
        if names:
            above = '' if file == Path(path) else _commented(heading(file))
            body = (f'{_comments(file)[name]}{lines[name]}\n' for name in names)
            parts.append(above + ''.join(body))
    return '\n'.join(parts)


def _with_bases(path: Path) -> Iterator[Path]:
    """Yield a config's bases, the first of the first first, then itself."""
    for base in Config._get_base_files(str(path)):
        yield from _with_bases((path.parent / base).resolve())
    yield path


def _comments(path: Path) -> dict[str, str]:
    """Map the names that a file assigns to the comment above each, the file's heading left out."""
    lines = path.read_text('utf-8').splitlines(keepends=True)
    end = len(heading(path).splitlines())
    comments = {}
    for node in ast.parse(''.join(lines)).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            before = reversed(lines[end : node.lineno - 1])
            above = takewhile(lambda line: line.startswith('#'), before)
            comments[node.targets[0].id] = ''.join(reversed(list(above)))
    return comments


def _used(lines: dict[str, str]) -> list[str]:
    """List the names that are read, and those whose value these are made of."""
    used: list[str] = []
    wanted = set(READ)
    for name in reversed(lines):
        if name in wanted:
            used.insert(0, name)
            found = ast.walk(ast.parse(lines[name]))
            wanted |= {node.id for node in found if isinstance(node, ast.Name)}
    return used


def _text(value: Any, written: Mapping[str, Any], indent: int = 0, key: str = '') -> str:
    """Write a value, or the earlier name that has the same one."""
    for name, earlier in written.items():
        if value and value == earlier and (isinstance(value, dict | list) or key == name):
            return name
    if not isinstance(value, dict | list | tuple):
        return repr(value)
    inner = indent + 4
    if isinstance(value, dict) and all(map(str.isidentifier, value)):
        opening, closing = 'dict(', ')'
        parts = [f'{key}={_text(one, written, inner, key)}' for key, one in value.items()]
    elif isinstance(value, dict):
        opening, closing = '{}'
        parts = [f'{key!r}: {_text(one, written, inner, key)}' for key, one in value.items()]
    else:
        opening, closing = '[]' if isinstance(value, list) else '()'
        parts = [_text(one, written, inner) for one in value]
    comma = ',' if isinstance(value, tuple) and len(parts) == 1 else ''
    line = opening + ', '.join(parts) + comma + closing
    if '\n' not in line and indent + len(line) + len(key) + 2 <= WIDTH:
        return line
    body = ''.join(f'{" " * inner}{part},\n' for part in parts)
    return f'{opening}\n{body}{" " * indent}{closing}'


def _commented(text: str) -> str:
    return ''.join(f'# {line}'.rstrip() + '\n' for line in text.splitlines())
