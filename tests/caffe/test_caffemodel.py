import numpy as np
import pytest
from caffe_files import field, layer, varint, write

from srm_mmseg.caffe.caffemodel import read_layers

WEIGHT = np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2)
BIAS = np.float32([0.5, -1])


@pytest.fixture
def path(tmp_path):
    return write(tmp_path / 'a.caffemodel', {'conv1': [WEIGHT, BIAS], 'relu': []})


def test_layers_and_their_numbers(path):
    layers = list(read_layers(path))
    assert [layer.name for layer in layers] == ['data', 'conv1', 'relu']
    assert [len(layer.blobs) for layer in layers] == [0, 2, 0]
    np.testing.assert_array_equal(layers[1].blobs[0], WEIGHT)
    np.testing.assert_array_equal(layers[1].blobs[1], BIAS)


def test_reports_every_byte(path):
    counts = []
    list(read_layers(path, counts.append))
    assert sum(counts) == path.stat().st_size and len(counts) == 4


def test_fields_of_other_kinds_are_passed_over(path):
    others = varint(5 << 3) + varint(300) + varint(9 << 3 | 5) + bytes(4) + varint(8 << 3 | 1)
    path.write_bytes(others + bytes(8) + path.read_bytes())
    assert len(list(read_layers(path))) == 3


def test_truncated_anywhere(path):
    whole = path.read_bytes()
    boundaries = {len(whole) - len(layer('relu')), len(whole)}
    tried = 0
    for length in range(len(field(1, b'a network')) + len(layer('data')) + 1, len(whole)):
        if length not in boundaries:  # there a layer is lost whole, which the converter finds
            path.write_bytes(whole[:length])
            with pytest.raises(ValueError, match=r'a complete .caffemodel.*Copy or download'):
                list(read_layers(path))
            tried += 1
    assert tried > 100


@pytest.mark.parametrize(
    ('content', 'reason'),
    [
        (b'', 'it has no layer'),
        (b'\x89PNG\r\n\x1a\n' * 9, 'wire type 6 does not exist'),
        (b'\x0b' * 50, 'wire type 3 does not exist'),
        (layer('a') + bytes(50), 'number 0, as in zeros'),
        (b'\xff' * 50, 'longer than 64 bits'),
        (field(2, b'conv1'), 'old format'),
        (field(100, b'\xff\xff'), 'parsing'),
        (layer('a', [np.float32([1, np.nan])]), 'not finite'),
        (field(100, field(1, b'a') + field(7, field(5, bytes(8)))), 'holds 8 bytes, but'),
    ],
)
def test_what_is_no_caffemodel(content, reason, tmp_path):
    path = tmp_path / 'bad.caffemodel'
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f'bad.caffemodel.*{reason}'):
        list(read_layers(path))
