import json

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
    with pytest.raises(ValueError, match="'a.onnx' to be a file of srm-mmseg export"):
        Description.from_json(text, 'a.onnx')


@pytest.mark.parametrize(
    'key, value',
    [
        ('size', [40000, 40000]),
        ('size', [0, 353]),
        ('size', [-353, -353]),
        ('size', ['353', '353']),
        ('size', [353.0, 353.0]),
        ('size', [float('nan'), 353]),
        ('size', [True, True]),
        ('size', [353]),
        ('size', [[353], [353]]),
        ('size', [10**4000, 1]),
        ('stages', []),
        ('stages', [3, 1]),
        ('stages', [1, 1]),
        ('stages', [0]),
        ('stages', [None]),
        ('stages', list(range(1, 100))),
        ('stages', 'abc'),
        ('dynamic', 'no'),
        ('softmax', None),
        ('model', ['srm']),
        ('align_corners', 1),
    ],
)
def test_what_no_export_writes_is_refused(key, value):
    values = {**json.loads(DESCRIPTION.to_json()), key: value}
    with pytest.raises(ValueError, match=f"'a.onnx' .*{key.removesuffix('s')}") as error:
        Description.from_json(json.dumps(values), 'a.onnx')
    assert len(str(error.value)) < 200 and '\n' not in str(error.value)


@pytest.mark.parametrize(
    'text', ['[' * 5000, '{"a":' * 2000, ' ' * 20_000 + '{}', '{"size": 1e999}']
)
def test_deep_and_long_descriptions(text):
    with pytest.raises(ValueError, match="'a.onnx' to be a file of srm-mmseg export"):
        Description.from_json(text, 'a.onnx')
