"""Exported files compute what the model does; all weights here are random ones."""

import argparse
import importlib.util
import re
import sys

import numpy as np
import pytest
import torch
from helpers import REPO, build, model_config, run
from PIL import Image

from srm_mmseg.apis.torchscript_backend import TorchScriptBackend
from srm_mmseg.cli import export as tool
from srm_mmseg.export.onnx_file import write_onnx
from srm_mmseg.jobs.export import example
from srm_mmseg.saliency.saliency_graph import SaliencyGraph

SIZES = ('65x65', '97x129')
FEW_CELLS = 'model.neck.pool_scales=(2,3)'  # exports in half of the time
BLOCK = """
import sys
sys.modules.update(dict.fromkeys(('mmseg', 'mmcv', 'mmengine', 'torch')))
"""
ALONE = (
    BLOCK
    + """
import numpy as np
from srm_mmseg.apis.onnx_backend import OnnxBackend
backend = OnnxBackend(sys.argv[1])
np.save(sys.argv[3], backend(np.load(sys.argv[2])))
print(backend.description)
"""
)


def needs_onnx():
    for package in ('onnx', 'onnxscript', 'onnxruntime'):
        pytest.importorskip(package, reason=f"needs {package}: pip install -e '.[export]'")


def random_model(**neck):
    config = model_config()
    config.neck.update(neck)
    return build(config).eval()


def save(model, path):
    torch.save(dict(state_dict=model.state_dict()), path)
    return path


def export(*args, check=True, options=()):
    command = ('python', 'tools/export.py', REPO / 'configs/srm_r18_demo.py', *args)
    return run(*command, *(('--cfg-options', *options) if options else ()), check=check)


def differences(report):
    return {name: float(value) for name, value in re.findall(r'(.+x\d+): (\S+)', report)}


@pytest.fixture(scope='module')
def weights(tmp_path_factory):
    return save(random_model(), tmp_path_factory.mktemp('weights') / 'w.pth')


@pytest.fixture(scope='module')
def onnx_file(tmp_path_factory):
    """A dynamic file of all stages, its model, and what the tool said of it."""
    needs_onnx()
    folder = tmp_path_factory.mktemp('onnx')
    model = random_model(pool_scales=(2, 3))
    flags = ('--dynamic', '--stages', '--check', *SIZES)
    weights = save(model, folder / 'w.pth')
    done = export(weights, folder / 'm.onnx', *flags, options=[FEW_CELLS])
    return folder / 'm.onnx', model, done


def test_onnx_agrees_at_several_sizes_and_batches(onnx_file):
    path, model, done = onnx_file
    found = differences(done.stdout)
    assert list(found) == [f'{batch} x {size}' for size in SIZES for batch in (1, 4)]
    assert 0 < max(found.values()) < 1e-4
    assert 'srm_r18_demo, S1, S2, S3, any batch and size' in done.stdout
    assert '4/4' in done.stderr  # the progress bar


def test_onnx_runs_without_toolbox_and_torch(onnx_file, tmp_path):
    path, model, _ = onnx_file
    images = example(3, (71, 45), seed=7)  # not a size of the check
    np.save(tmp_path / 'images.npy', images.numpy())
    done = run('python', '-c', ALONE, path, tmp_path / 'images.npy', tmp_path / 'maps.npy')
    maps = np.load(tmp_path / 'maps.npy')
    with torch.inference_mode():
        [expected] = SaliencyGraph(model, (1, 2, 3))(images)
    assert maps.dtype == np.float32 and expected.std() > 1e-3
    np.testing.assert_allclose(maps, expected.numpy(), atol=1e-4)
    for fact in ("model='srm_r18_demo'", "weights='w.pth'", 'size=(129, 129)', 'dynamic=True'):
        assert fact in done.stdout


def test_what_is_blocked_is_blocked(onnx_file):
    code = f'{BLOCK}from srm_mmseg.apis.torchscript_backend import TorchScriptBackend'
    assert 'torch' in run('python', '-c', code, check=False).stderr


def test_inferencer_runs_it_without_toolbox_and_torch(onnx_file, tmp_path):
    path, model, _ = onnx_file
    photograph = np.random.default_rng(0).integers(0, 256, (129, 129, 3), np.uint8)
    Image.fromarray(photograph).save(tmp_path / 'photograph.png')
    code = f"""{BLOCK}
import numpy as np
from srm_mmseg.apis import SaliencyInferencer
(result,) = SaliencyInferencer(sys.argv[1])(sys.argv[2], stages=True)
np.testing.assert_array_equal(result.map, result.stages[2])
np.save(sys.argv[3], result.stages)
"""
    run('python', '-c', code, path, tmp_path / 'photograph.png', tmp_path / 'maps.npy')
    images = torch.from_numpy(photograph[None, ..., ::-1].copy())
    with torch.inference_mode():
        [expected] = SaliencyGraph(model, (1, 2, 3))(images)
    np.testing.assert_allclose(np.load(tmp_path / 'maps.npy'), expected[0].numpy(), atol=1e-4)


def test_infer_takes_it_in_place_of_a_config(onnx_file, tmp_path):
    Image.new('RGB', (50, 40), 'red').save(tmp_path / 'red.png')
    command = ('python', 'tools/infer.py', tmp_path / 'red.png', '--config', onnx_file[0])
    run(*command, '--out', tmp_path / 'out', '--save', 'map,stages')
    assert Image.open(tmp_path / 'out/map/red.png').size == (50, 40)
    assert Image.open(tmp_path / 'out/stages/red.png').size == (250, 40)
    assert b'saliency_graph.py' not in onnx_file[0].read_bytes()
    done = run(*command, '--out', tmp_path / 'other', '--fast', check=False)
    assert done.returncode == 1 and 'error: Expected no dtype, which is for PyTorch' in done.stderr


@pytest.mark.parametrize('damage', ['truncated', 'text', 'missing', 'foreign'])
def test_other_files_are_named(onnx_file, tmp_path, damage):
    from srm_mmseg.apis.onnx_backend import OnnxBackend

    path = tmp_path / 'other.onnx'
    whole = onnx_file[0].read_bytes()
    expected = {
        'truncated': 'truncated',
        'text': 'cannot be read',
        'missing': 'no such file',
        'foreign': 'Export the model again',
    }
    if damage == 'truncated':
        path.write_bytes(whole[: len(whole) // 2])
    elif damage == 'text':
        path.write_text('not a model')
    elif damage == 'foreign':
        path.write_bytes(whole.replace(b'srm_mmseg', b'sam_mmseg'))
    with pytest.raises((ValueError, FileNotFoundError), match=expected[damage]) as error:
        OnnxBackend(path)
    assert str(path) in str(error.value)


@pytest.mark.slow
@pytest.mark.parametrize('flags', [('--no-softmax', '--no-resize'), ('--stages',)])
def test_onnx_of_one_size(weights, tmp_path, flags):
    needs_onnx()
    from srm_mmseg.apis.onnx_backend import OnnxBackend

    done = export(weights, tmp_path / 'm.onnx', '--size', '65x97', *flags)
    assert list(differences(done.stdout)) == ['1 x 65x97'] and '1 x (65, 97)' in done.stdout
    backend = OnnxBackend(tmp_path / 'm.onnx')
    images = example(3, (65, 97)).numpy()
    with torch.inference_mode():
        graph = SaliencyGraph(random_model(), (1, 2, 3) if '--stages' in flags else (3,))
        expected = graph(torch.from_numpy(images))[0].numpy()
    np.testing.assert_allclose(backend(images), expected, atol=1e-4)
    with pytest.raises(ValueError, match='the only size'):
        backend(images[:, :64])


@pytest.mark.slow
@pytest.mark.parametrize('mode', ['adaptive', 'ceil'])
def test_onnx_of_the_whole_pyramid(weights, tmp_path, mode):
    needs_onnx()
    flags = ('--dynamic', '--check', '1x1', '33x47', '129x161', '225x97')
    options = [f'model.neck.pool_mode={mode}']
    found = differences(export(weights, tmp_path / 'm.onnx', *flags, options=options).stdout)
    assert len(found) == 8 and 0 < max(found.values()) < 1e-4


@pytest.fixture
def export_here(monkeypatch, weights, tmp_path):
    """Export ``weights`` to TorchScript in this process, to ``tmp_path / 'm.pt'``."""

    def call(*flags, source=weights):
        arguments = ['export.py', REPO / 'configs/srm_r18_demo.py', source, tmp_path / 'm.pt']
        arguments += ['--format', 'torchscript', '--check', '65x65', *flags]
        monkeypatch.setattr(sys, 'argv', list(map(str, arguments)))
        tool.main()

    return call


@pytest.mark.parametrize(
    ('flags', 'stages'),
    [
        (('--stages', '--no-softmax', '--no-resize'), (1, 2, 3)),
        (('--cfg-options', 'model.test_cfg.stage=0'), (1,)),
    ],
)
def test_torchscript(export_here, tmp_path, capsys, flags, stages):
    export_here(*flags)
    found = differences(capsys.readouterr().out)
    assert len(found) == 2 and max(found.values()) < 1e-4
    backend, images = TorchScriptBackend(tmp_path / 'm.pt'), example(2, (71, 45))
    assert backend.description.stages == stages
    assert backend.description.softmax != ('--no-softmax' in flags)
    with torch.inference_mode():
        [expected] = SaliencyGraph(random_model(), stages)(images)
    np.testing.assert_allclose(backend(images.numpy()), expected.numpy(), atol=1e-4)


def test_torchscript_files_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match='none.pt'):
        TorchScriptBackend(tmp_path / 'none.pt')
    (tmp_path / 'text.pt').write_text('not a model')
    with pytest.raises(ValueError, match='text.pt.*cannot be read'):
        TorchScriptBackend(tmp_path / 'text.pt')


def test_no_weights(tmp_path):
    out = tmp_path / 'm.pt'
    done = export(tmp_path / 'none.pth', out, '--format', 'torchscript', check=False)
    assert done.returncode == 1 and 'Traceback' not in done.stderr
    assert 'none.pth' in done.stderr and 'no such file' in done.stderr


def test_weights_of_another_model(export_here, weights, tmp_path):
    with pytest.raises(SystemExit, match='branches.2') as error:
        export_here('--cfg-options', FEW_CELLS)
    assert str(weights) in str(error.value) and not list(tmp_path.iterdir())


def test_a_file_that_differs_is_not_written(export_here, tmp_path, monkeypatch):
    monkeypatch.setattr('srm_mmseg.jobs.export.difference', lambda *_: 2e-4)
    with pytest.raises(SystemExit, match='agree with the model to 0.0001, but got a difference'):
        export_here()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('size', ['353', '0x353', '353x'])
def test_a_size_is_height_and_width(size):
    with pytest.raises(argparse.ArgumentTypeError, match='HxW as in 353x353'):
        tool.size_argument(size)


def test_onnx_packages_are_named(weights, tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, 'find_spec', lambda name: None)
    with pytest.raises(ImportError, match=r"onnx and onnxscript .*'srm-mmseg\[export\]'"):
        write_onnx(None, None, None, tmp_path / 'm.onnx')


def onnx_model(path, operator='Add', domain='', location=None):
    """Write a graph of one operator, whose weight may lie in another file."""
    needs_onnx()
    import onnx

    weight = onnx.numpy_helper.from_array(np.ones(4, np.float32), 'w')
    if location:
        weight.ClearField('raw_data')
        weight.data_location = onnx.TensorProto.EXTERNAL
        for key, value in dict(location=str(location), offset='0', length='16').items():
            weight.external_data.add(key=key, value=value)
    ends = [onnx.helper.make_tensor_value_info(name, 1, [4]) for name in 'xy']
    node = onnx.helper.make_node(operator, ['x', 'w'], ['y'], domain=domain)
    graph = onnx.helper.make_graph([node], 'g', ends[:1], ends[1:], [weight])
    versions = [onnx.helper.make_opsetid(name, 17 if not name else 1) for name in {'', domain}]
    model = onnx.helper.make_model(graph, opset_imports=versions, ir_version=9)
    path.write_bytes(model.SerializeToString())


@pytest.mark.parametrize('location', ['../numbers', 'absolute', 'link'])
def test_onnx_takes_no_numbers_from_elsewhere(tmp_path, location):
    from srm_mmseg.apis.onnx_backend import OnnxBackend

    folder, numbers = tmp_path / 'model', tmp_path / 'numbers'
    folder.mkdir()
    numbers.write_bytes(np.ones(4, np.float32).tobytes())
    (folder / 'link').symlink_to(numbers)
    onnx_model(folder / 'm.onnx', location=numbers if location == 'absolute' else location)
    with pytest.raises(ValueError, match='External data path'):
        OnnxBackend(folder / 'm.onnx')


def test_onnx_runs_no_operator_of_others(tmp_path):
    from srm_mmseg.apis.onnx_backend import OnnxBackend

    onnx_model(tmp_path / 'm.onnx', 'Evil', 'evil')
    with pytest.raises(ValueError, match='not a registered function'):
        OnnxBackend(tmp_path / 'm.onnx')


@pytest.mark.parametrize('location', ['../numbers', 'absolute', 'link'])
def test_openvino_takes_no_numbers_from_elsewhere(tmp_path, location):
    backend = needs_openvino()
    folder, numbers = tmp_path / 'model', tmp_path / 'numbers'
    folder.mkdir()
    numbers.write_bytes(np.ones(4, np.float32).tobytes())
    (folder / 'link').symlink_to(numbers)
    onnx_model(folder / 'm.onnx', location=numbers if location == 'absolute' else location)
    with pytest.raises(ValueError, match='cannot be read'):
        backend.OpenVinoBackend(folder / 'm.onnx')


def test_openvino_runs_no_operator_of_others(tmp_path):
    backend = needs_openvino()
    onnx_model(tmp_path / 'm.onnx', 'Evil', 'evil')
    with pytest.raises(ValueError, match='cannot be read'):
        backend.OpenVinoBackend(tmp_path / 'm.onnx')


def needs_openvino():
    return pytest.importorskip(
        'srm_mmseg.apis.openvino_backend',
        reason="needs OpenVINO: pip install -e '.[openvino]'",
        exc_type=ImportError,
    )


@pytest.mark.slow
@pytest.mark.parametrize('suffix', ['.xml', '.onnx'])
def test_int8_is_measured_and_runs(suffix, weights, toy_data, tmp_path):
    """From the command line; of a network of random weights, whose maps are nearly constant."""
    needs_onnx()
    needs_openvino()
    path = tmp_path / f'm{suffix}'
    folder = toy_data / 'toy/DUTS-TE'
    photographs, masks = (folder / f'DUTS-TE-{what}' for what in ('Image', 'Mask'))
    form = {'.xml': 'openvino', '.onnx': 'onnx'}[suffix]
    flags = ('--int8', '--calibrate', photographs, '--masks', masks, '--most-loss', 0, 0)
    done = export(weights, path, '--format', form, '--stages', '--force', *flags)
    assert re.search(r'int8: \d+ photographs, maps differ by .*, Sm 0\.\d+ -> 0\.\d+', done.stdout)
    command = ('python', 'tools/infer.py', photographs, '--config', path, '--precision')
    assert 'OpenVINO, int8 on CPU' in run(*command, 'int8', '--out', tmp_path / 'out').stdout
    for flag in ('--half', '--dynamic'):
        done = export(weights, path, '--format', 'torchscript', '--int8', flag, check=False)
        assert done.returncode == 2
