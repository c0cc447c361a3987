import pytest

from srm_mmseg.export.description import Description

DESCRIPTION = Description('srm', 'a.pth', (1, 3), (65, 97), True, False, True, True)


def test_is_read_as_written():
    assert Description.from_json(DESCRIPTION.to_json(), 'a.onnx') == DESCRIPTION


def test_names_an_output_a_stage_unless_they_are_one():
    assert DESCRIPTION.outputs == ['saliency']
    each = Description('srm', 'a.pth', (1, 3), (65, 97), True, False, False, True)
    assert each.outputs == ['stage_1', 'stage_3']


@pytest.mark.parametrize('text', [None, '', 'x', '[]', '{}', '{"stages": [1], "size": [2, 3]}'])
def test_another_file_is_named(text):
    with pytest.raises(ValueError, match="'a.onnx' to be a file of tools/export.py"):
        Description.from_json(text, 'a.onnx')
