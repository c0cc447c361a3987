import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from srm_mmseg.apis.onnx_backend import onnxruntime
from srm_mmseg.export.half_weights import channel_gain, halve_weights


def made(path, weight):
    """An ONNX file that convolves with a weight."""
    shapes = dict(x=[1, weight.shape[1], 9, 9], y=[1, len(weight), 7, 7])
    inputs, outputs = (
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
        for name, shape in shapes.items()
    )
    node = onnx.helper.make_node('Conv', ['x', 'net.weight'], ['y'])
    graph = onnx.helper.make_graph(
        [node], 'net', [inputs], [outputs], [numpy_helper.from_array(weight, 'net.weight')]
    )
    model = onnx.helper.make_model(
        graph, ir_version=9, opset_imports=[onnx.helper.make_opsetid('', 18)]
    )
    onnx.save(model, path)
    return path


def output(path):
    session = onnxruntime.InferenceSession(str(path), providers=['CPUExecutionProvider'])
    x = np.random.default_rng(1).random(session.get_inputs()[0].shape, np.float32)
    return session.run(None, {'x': x})[0]


@pytest.fixture
def original():
    """A weight of 8 x 4 x 3 x 3 that float16 holds."""
    weight = np.random.default_rng(0).standard_normal((8, 4, 3, 3))
    return weight.astype(np.float16).astype(np.float32)


@pytest.mark.parametrize('gain', [1.0, np.linspace(-3, 3, 8, dtype=np.float32)])
def test_a_folded_weight_takes_half_the_bytes_at_the_same_output(tmp_path, original, gain):
    original = np.repeat(original, 16, axis=1)
    folded = original * np.reshape(gain, (-1, 1, 1, 1)).astype(np.float32)
    path = made(tmp_path / 'a.onnx', folded)
    before, size = output(path), path.stat().st_size
    halve_weights(path, {'net.weight': original})
    np.testing.assert_allclose(output(path), before, rtol=1e-5, atol=1e-5)
    assert path.stat().st_size < 0.6 * size


@pytest.mark.parametrize('change', ['one number', 'precision', 'shape', 'name'])
def test_what_would_lose_stays(tmp_path, original, change):
    weight = original.copy()
    path = made(tmp_path / 'a.onnx', weight)
    before, content = output(path), path.read_bytes()
    if change == 'one number':
        original[0, 0, 0, 0] += 1
    if change == 'precision':
        original = np.nextafter(original, 9)
    if change == 'shape':
        original = original[:4]
    halve_weights(path, {dict(name='other').get(change, 'net.weight'): original})
    np.testing.assert_array_equal(output(path), before)
    assert path.stat().st_size == len(content)


def test_the_gain_of_a_channel_of_zeros(original):
    original[3] = 0
    gain = channel_gain(original * 2, original)
    assert gain.shape == (8, 1, 1, 1) and gain[3] == 1 and (np.delete(gain, 3, 0) == 2).all()
    changed = original * 2
    changed[3] += 1
    assert channel_gain(changed, original) is None
