"""What is asked for runs, or it is an error: never another device without a word."""

import onnx_files
import pytest

from srm_mmseg.apis import SaliencyInferencer
from srm_mmseg.apis.onnx_backend import OnnxBackend


@pytest.fixture
def file(tmp_path):
    return onnx_files.write(tmp_path / 'a.onnx', stages=[1, 2, 3])


@pytest.mark.parametrize('device', ['auto', 'cpu', 'CPU'])
def test_says_what_runs(file, device):
    assert SaliencyInferencer(file, device=device).runs_on == 'onnxruntime on CPU'


@pytest.mark.parametrize('device', ['cuda', 'cuda:1'])
def test_a_gpu_that_onnxruntime_has_not(file, device):
    with pytest.raises(
        ValueError, match='run by CUDAExecutionProvider, but here it would run by CPU'
    ):
        SaliencyInferencer(file, device=device)


def test_a_provider_that_falls_back(file, monkeypatch):
    """As where CUDA is built in and cuDNN is missing: onnxruntime then takes the CPU."""
    import onnxruntime

    both = ['CUDAExecutionProvider', 'CPUExecutionProvider']
    monkeypatch.setattr(onnxruntime, 'get_available_providers', lambda: both)
    with pytest.raises(ValueError, match='run by CUDAExecutionProvider, but'):
        OnnxBackend(file, 'cuda')
    with pytest.raises(ValueError, match='run by CUDAExecutionProvider, but'):
        OnnxBackend(file, providers=both)


def test_no_silent_fallback_of_torch(tmp_path):
    (tmp_path / 'a.pt').touch()
    with pytest.raises(ValueError, match="Expected the CPU for .*a.pt', .* but got 'cuda'"):
        SaliencyInferencer(tmp_path / 'a.pt', device='cuda')


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        (dict(dtype='float32'), "no dtype, which is for PyTorch.*'float32'. Leave it out"),
        (dict(device='tpu'), "device 'auto', 'cpu', 'cuda', .* but got 'tpu'"),
        (dict(device='mps'), "'auto', 'cpu', 'cuda' or 'cuda:1' for onnxruntime, but got 'mps'"),
        (dict(checkpoint='a.pth'), "no checkpoint for the exported model .*'a.pth'. Leave it out"),
        (dict(dtype='auto', precision='f32'), "no precision beside the dtype 'auto'"),
    ],
)
def test_refuses(file, settings, message):
    with pytest.raises(ValueError, match=message):
        SaliencyInferencer(file, **settings)


@pytest.mark.parametrize('device', ['gpu', 'GPU.1', 'npu'])
def test_a_gpu_that_openvino_has_not(file, device):
    openvino = pytest.importorskip(
        'openvino', reason="needs OpenVINO: pip install -e '.[openvino]'"
    )
    if device.upper() in openvino.Core().available_devices:
        pytest.skip('this machine has it')
    with pytest.raises(ValueError, match=f"device that OpenVINO has here, CPU.*'{device.upper()}'"):
        SaliencyInferencer(file, device=device)


def test_the_weights_of_an_ir_in_its_place():
    with pytest.raises(
        ValueError, match="the .xml of an IR of OpenVINO, but got its weights, 'a.bin'"
    ):
        SaliencyInferencer('a.bin')


def test_suffixes_in_capitals(file):
    file.rename(file.with_suffix('.ONNX'))
    assert SaliencyInferencer(file.with_suffix('.ONNX')).runs_on == 'onnxruntime on CPU'


def test_a_precision_without_openvinos_file(tmp_path):
    with pytest.raises(ValueError, match='no --precision, which is for OpenVINO.*Leave it out'):
        SaliencyInferencer(tmp_path / 'a.pt', precision='f32')
