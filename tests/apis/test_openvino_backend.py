"""OpenVINO runs exported files as onnxruntime does."""

import os
import re

import numpy as np
import onnx
import onnx_files
import pytest
from helpers import run

openvino = pytest.importorskip('openvino', reason="needs OpenVINO: pip install -e '.[openvino]'")

from srm_mmseg.apis.onnx_backend import OnnxBackend  # noqa: E402
from srm_mmseg.apis.openvino_backend import OpenVinoBackend  # noqa: E402
from srm_mmseg.export.description import Description  # noqa: E402
from srm_mmseg.export.openvino_file import replacing_all, write_openvino  # noqa: E402

IMAGES = np.random.default_rng(0).integers(0, 256, (9, 8, 8, 3), np.uint8)


@pytest.fixture
def file(tmp_path):
    """A file that gives an image's channels for its stages."""
    return onnx_files.write(tmp_path / 'a.onnx', stages=[1, 2, 3], softmax=False)


@pytest.fixture
def ir(file):
    write_openvino(file, OnnxBackend(file).description, file.with_suffix('.xml'))
    return file.with_suffix('.xml')


@pytest.mark.parametrize('throughput', [False, True])
@pytest.mark.parametrize('suffix', ['.onnx', '.xml'])
def test_as_onnxruntime(ir, suffix, throughput):
    reference = OnnxBackend(ir.with_suffix('.onnx'))
    backend = OpenVinoBackend(ir.with_suffix(suffix), throughput=throughput)
    assert backend.description == reference.description and backend.scale == (8, 8)
    for images in (IMAGES, IMAGES[:1]):
        [found], [expected] = backend.outputs(images), reference.outputs(images)
        np.testing.assert_array_equal(found, expected)  # in order
        np.testing.assert_allclose(backend(images), reference(images), atol=1e-6)


def test_says_what_runs(ir):
    assert OpenVinoBackend(ir, 'bf16').runs_on == 'OpenVINO, bf16 on CPU'


def test_a_description_of_its_own(file, tmp_path):
    described = Description('b', 'b.pth', (1, 2, 3), (8, 8), False, False, True, True, dict(n=1))
    write_openvino(file, described, tmp_path / 'b.xml')
    assert OpenVinoBackend(tmp_path / 'b.xml').description == described


def test_image_by_image_where_the_file_takes_one(tmp_path):
    path = onnx_files.write(tmp_path / 'a.onnx', dynamic=False, stages=[1, 2, 3])
    model = onnx.load(path)
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    onnx.save(model, path)
    for throughput in (False, True):
        [found] = OpenVinoBackend(path, throughput=throughput).outputs(IMAGES)
        np.testing.assert_array_equal(found, IMAGES.transpose(0, 3, 1, 2))


def test_the_compiled_model_is_kept(ir, tmp_path):
    for _ in range(2):
        OpenVinoBackend(ir, cache=tmp_path / 'cache')
    assert [one.suffix for one in (tmp_path / 'cache').iterdir()] == ['.blob']


def test_a_cache_that_cannot_be_written_is_none(ir, tmp_path):
    (tmp_path / 'file').touch()
    OpenVinoBackend(ir, cache=tmp_path / 'file' / 'cache')


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        (dict(device='GPU.7'), "device that OpenVINO has here, CPU.*but got 'GPU.7'"),
        (dict(precision='f8'), "precision f32, bf16, int8 or auto, but got 'f8'"),
        (dict(precision='int8'), r"file of int8.*'.*a\.xml' is none.*--int8 --calibrate FOLDER"),
    ],
)
def test_refuses(ir, settings, message):
    with pytest.raises(ValueError, match=message):
        OpenVinoBackend(ir, **settings)


def test_a_file_without_a_description(file):
    model = onnx.load(file)
    del model.metadata_props[:]
    onnx.save(model, file)
    with pytest.raises(ValueError, match='does not tell its stages and size'):
        OpenVinoBackend(file)


def test_files_that_are_missing_or_cut_off(ir):
    with pytest.raises(FileNotFoundError, match="at 'none.xml', but there is no such file"):
        OpenVinoBackend('none.xml')
    text = ir.read_text()
    ir.write_text(text[: len(text) // 2])
    with pytest.raises(ValueError, match=rf"'{re.escape(str(ir))}' cannot be read"):
        OpenVinoBackend(ir)
    ir.with_suffix('.bin').unlink()
    with pytest.raises(FileNotFoundError, match=r"at '.*a\.bin'.*weights in a .bin beside it"):
        OpenVinoBackend(ir)


LET_GO_ELSEWHERE = """
import signal, subprocess, sys
from concurrent.futures import ThreadPoolExecutor
from srm_mmseg.apis.openvino_backend import OpenVinoBackend
signal.signal(signal.SIGCHLD, lambda *_: None)  # as PyTorch's loaders do
backends = [OpenVinoBackend(sys.argv[1])]
with ThreadPoolExecutor(1) as pool:
    pool.submit(backends.clear).result()
subprocess.run(['true'], check=True)
print('alive')
"""


def test_a_signal_after_a_model_was_let_go_by_another_thread(ir):
    assert run('python', '-c', LET_GO_ELSEWHERE, ir).stdout == 'alive\n'


def test_weights_that_are_others(file, tmp_path):
    """Of the same length: maps would be wrong without a word."""
    model = onnx.load(file)
    graph, cast = model.graph, model.graph.node[0]
    weights = onnx.numpy_helper.from_array(np.ones((1, 1, 1, 3), np.float32), 'weights')
    graph.initializer.append(weights)
    cast.output[0] = 'levels'
    graph.node.insert(1, onnx.helper.make_node('Mul', ['levels', 'weights'], ['floats']))
    onnx.save(model, file)
    path = tmp_path / 'b.xml'
    write_openvino(file, OnnxBackend(file).description, path)
    np.testing.assert_array_equal(
        OpenVinoBackend(path).outputs(IMAGES)[0], IMAGES.transpose(0, 3, 1, 2)
    )
    data = bytearray(path.with_suffix('.bin').read_bytes())
    data[data.index(np.float32(1).tobytes())] ^= 64
    path.with_suffix('.bin').write_bytes(data)
    with pytest.raises(ValueError, match=r"b\.bin' to be as it was written with .*b\.xml'"):
        OpenVinoBackend(path)


def test_a_file_of_int8_runs_so_unless_told_otherwise(file, tmp_path):
    described = Description('b', 'b.pth', (1, 2, 3), (8, 8), True, False, True, True, dict(n=1))
    write_openvino(file, described, tmp_path / 'b.xml')
    assert OpenVinoBackend(tmp_path / 'b.xml').runs_on == 'OpenVINO, int8 on CPU'
    assert OpenVinoBackend(tmp_path / 'b.xml', 'f32').runs_on == 'OpenVINO, f32 on CPU'


def test_an_ir_is_never_seen_with_the_weights_of_another(tmp_path):
    path, weights = tmp_path / 'a.xml', tmp_path / 'a.bin'
    for text in ('old', 'new'):
        with replacing_all(path) as part:
            part.write_text(text)
            part.with_suffix('.bin').write_text(text)
            assert not path.exists() or path.read_text() == weights.read_text() == 'old'
    assert path.read_text() == weights.read_text() == 'new'
    with pytest.raises(KeyError), replacing_all(path) as part:
        part.write_text('half')
        raise KeyError
    assert path.read_text() == 'new' and sorted(os.listdir(tmp_path)) == ['a.bin', 'a.xml']
