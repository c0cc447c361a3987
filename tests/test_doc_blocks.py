import pytest
from doc_blocks import run_tool, tool_of


def test_a_command_is_its_tool():
    assert tool_of(['srm-mmseg', 'eval-maps', '--gt', 'A']) == ('tools/eval_maps.py', ['--gt', 'A'])
    assert tool_of(['srm-mmseg', 'models']) == ('srm-mmseg', ['models'])
    assert tool_of(['srm-mmseg', '--version']) == ('srm-mmseg', ['--version'])


@pytest.mark.parametrize(
    ('arguments', 'code'),
    [(['config', 'a', '--path'], 0), (['config', 'a', '--pth'], 2), (['models', 'x'], 2)],
)
def test_a_command_without_a_tool_is_parsed(arguments, code, monkeypatch, tmp_path):
    assert run_tool('srm-mmseg', arguments, monkeypatch, tmp_path, parse_only=True) == code
