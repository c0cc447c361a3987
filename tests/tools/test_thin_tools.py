"""The files of ``tools/`` call the package and hold nothing else."""

import ast
from importlib.util import find_spec

from helpers import REPO

TOOLS = sorted((REPO / 'tools').glob('*.py'))


def test_a_tool_is_its_command():
    assert len(TOOLS) == 17
    for path in TOOLS:
        docstring, line, *names, call = ast.parse(path.read_text()).body
        assert all(isinstance(one, ast.ImportFrom) for one in names)
        assert ast.unparse(line) == f'from srm_mmseg.cli.{path.stem} import main'
        assert ast.unparse(call) == "if __name__ == '__main__':\n    main()"
        assert find_spec(f'srm_mmseg.cli.{path.stem}')


# What lays out, draws, decodes or computes is the package's: a command reads arguments and prints.
NOT_OF_COMMANDS = ('csv', 'json', 'matplotlib', 'numpy', 'prettytable', 'shutil', 'torch', 'tqdm')


def test_a_command_reads_arguments_and_prints():
    commands = sorted((REPO / 'srm_mmseg/cli').glob('*.py'))
    assert len(commands) > 18
    for path in commands:
        nodes = list(ast.walk(ast.parse(path.read_text())))
        names = [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
        names += [one.name for node in nodes if isinstance(node, ast.Import) for one in node.names]
        assert not {name.partition('.')[0] for name in names} & {*NOT_OF_COMMANDS}, path
        assert len(path.read_text().splitlines()) <= 150, path
