"""The files of ``tools/`` call the package and hold nothing else."""

import ast
from importlib.util import find_spec

from helpers import REPO

TOOLS = sorted((REPO / 'tools').glob('*.py'))


def test_a_tool_is_its_command():
    assert len(TOOLS) == 15
    for path in TOOLS:
        docstring, line, *names, call = ast.parse(path.read_text()).body
        assert all(isinstance(one, ast.ImportFrom) for one in names)
        assert ast.unparse(line) == f'from srm_mmseg.cli.{path.stem} import main'
        assert ast.unparse(call) == "if __name__ == '__main__':\n    main()"
        assert find_spec(f'srm_mmseg.cli.{path.stem}')
