import io
import os
import tarfile
import zipfile
from collections import OrderedDict
from pickle import UnpicklingError

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer

from srm_mmseg.engine.checkpoint import BadCheckpointError, load_from_local
from srm_mmseg.engine.strict_unpickling import reason_of

ADVICE = ('weights_only', 'torch.load', 'safe_globals', 'arbitrary', 'trusted')


class Call:
    """Unpickles as a call of ``function``, whose result is given a state."""

    def __init__(self, function, *arguments, state=None):
        self.reduced = (function, arguments) if state is None else (function, arguments, state)

    def __reduce__(self):
        return self.reduced


def loaded(value, path):
    torch.save(value, path)
    return load_from_local(str(path))


@pytest.mark.parametrize('dtype', ['?', 'u1', 'i8', '<f4', '>f8', '>i2', 'c16'])
def test_arrays_of_numbers(tmp_path, dtype):
    array = np.arange(6).reshape(2, 3).astype(dtype)
    found = loaded(dict(array=array, number=array[1, 2]), tmp_path / 'a.pth')
    assert found['array'].dtype.kind == array.dtype.kind and (found['array'] == array).all()
    assert found['array'].nbytes == array.nbytes
    assert type(found['number']) is type(array[1, 2]) and found['number'] == array[1, 2]
    again = loaded(found, tmp_path / 'b.pth')  # pickled as the arrays that they stand for
    assert (again['array'] == array).all()


@pytest.mark.parametrize(
    'code, state',
    [
        ('O8', (3, '|', None, None, None, -1, -1, 0)),
        ('f8', (3, '<', None, ('x',), {'x': 1}, 8, 8, 0)),
        ('f8', (3, '<', None, None, None, 1, 1, 0)),
        ('V8', (3, '|', None, None, None, -1, -1, 0)),
    ],
)
def test_an_array_cannot_make_pointers_of_bytes(tmp_path, code, state):
    dtype = Call(np.dtype, code, False, True, state=state)
    reconstruct = np.empty(0).__reduce__()[0]
    array = Call(reconstruct, np.ndarray, (0,), b'b', state=(1, (1,), dtype, False, b'\1' * 8))
    with pytest.raises(UnpicklingError, match='Refused to load.*array'):
        loaded(dict(array=array), tmp_path / 'evil.pth')


def test_a_log_cannot_change_the_statistics_of_others(tmp_path):
    log = HistoryBuffer([1.0, 3.0], [1, 1])
    assert log.statistics('mean') == 2
    log.__dict__['statistics_methods'] = evil = dict(mean=HistoryBuffer.max)
    state = dict(log.__dict__, statistics_methods=evil)
    log = Call(HistoryBuffer, state=state)
    found = loaded(dict(log=log), tmp_path / 'evil.pth')['log']
    assert type(found) is HistoryBuffer and found.statistics('mean') == 2
    assert HistoryBuffer([1.0, 3.0], [1, 1]).statistics('mean') == 2


@pytest.mark.parametrize('function', [os.system, eval, exec, print, torch.hub.load, np.load, open])
def test_no_other_function_is_called(tmp_path, function):
    with pytest.raises(UnpicklingError, match='Refused to load') as error:
        loaded(dict(meta=Call(function, f'touch {tmp_path}/trace')), tmp_path / 'evil.pth')
    assert not (tmp_path / 'trace').exists()
    assert not [word for word in ADVICE if word in str(error.value)]


@pytest.mark.parametrize('function', [OrderedDict, torch.Tensor, torch._utils._rebuild_tensor_v2])
def test_what_can_be_called_is_no_value(tmp_path, function):
    with pytest.raises(UnpicklingError, match='which can be called'):
        loaded(dict(param_schedulers=[dict(step=function)]), tmp_path / 'evil.pth')


def test_what_others_admit_is_not_admitted(tmp_path):
    with torch.serialization.safe_globals([print, getattr]):
        with pytest.raises(UnpicklingError, match='print'):
            loaded(dict(meta=Call(print, 'printed')), tmp_path / 'evil.pth')
        assert print in torch.serialization.get_safe_globals()


def torchscript(path):
    torch.jit.save(torch.jit.trace(torch.nn.ReLU(), torch.zeros(1)), str(path))


def tar(path):
    with tarfile.open(path, 'w', format=tarfile.PAX_FORMAT) as archive:
        for name in ('storages', 'tensors', 'pickle'):
            archive.addfile(tarfile.TarInfo(name), io.BytesIO())


def compressed(path):
    torch.save(dict(weight=torch.zeros(1_000_000)), path)
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(f'{path}.z', 'w', 8) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
    os.replace(f'{path}.z', path)


def repeated(path):
    torch.save(dict(weight=torch.zeros(1).expand(10**10)), path)


def grown(path):
    rebuild = torch.zeros(1).__reduce_ex__(2)[0]
    storage = torch.zeros(1).storage()
    torch.save(dict(a=Call(rebuild, storage, 0, (10**10,), (1,), False, {})), path)


def nonsense(path):
    path.write_bytes(b'\x80\x02K\x01K\x02R.')


def truncated(path):
    torch.save(dict(weight=torch.zeros(1000)), path)
    path.write_bytes(path.read_bytes()[:2000])


def truncated_legacy(path):
    torch.save(dict(weight=torch.zeros(1000)), path, _use_new_zipfile_serialization=False)
    path.write_bytes(path.read_bytes()[:2000])


@pytest.mark.parametrize(
    'write, reason',
    [
        (torchscript, 'TorchScript'),
        (tar, ''),
        (compressed, 'unpack to'),
        (repeated, 'claim to hold tensors of 40000000000 bytes'),
        (grown, ''),
        (nonsense, ''),
        (truncated, ''),
        (truncated_legacy, ''),
        (lambda path: path.write_text('<html>not found</html>'), ''),
        (lambda path: path.write_bytes(b''), ''),
        (lambda path: torch.save(dict(state_dict=[1]), path), 'no weights by name'),
        (lambda path: torch.save({1: torch.zeros(1)}, path), 'no weights by name'),
    ],
)
def test_other_files_are_refused_without_advice(tmp_path, write, reason):
    path = tmp_path / 'other.pth'
    write(path)
    with pytest.raises(
        (BadCheckpointError, UnpicklingError), match=f'other.pth.*{reason}'
    ) as error:
        load_from_local(str(path))
    assert not [word for word in ADVICE if word in str(error.value)]


@pytest.mark.parametrize(
    'text, reason',
    [
        (
            'Weights only load failed. Re-running `torch.load` with `weights_only` set to `False` '
            'will likely succeed, but it can result in arbitrary code execution. Do it only if you '
            'get the file from a trusted source. WeightsUnpickler error: Unsupported class os.mkdir',
            'Unsupported class os.mkdir',
        ),
        (
            'Unsupported global: GLOBAL os.mkdir was not an allowed global by default. Please use '
            '`torch.serialization.add_safe_globals([mkdir])` to allowlist it.',
            'Unsupported global: GLOBAL os.mkdir was not an allowed global by default',
        ),
        ('You can load it with weights_only=False.', 'UnpicklingError'),
        ('', 'UnpicklingError'),
    ],
)
def test_reasons_of_any_version_of_pytorch(text, reason):
    assert reason_of(UnpicklingError(text)) == reason


def test_files_before_pytorch_1_6(tmp_path):
    path = tmp_path / 'old.pth'
    weights = dict(a=torch.arange(3.0), b=torch.zeros(2, 2)[:, 0])
    torch.save(weights, path, _use_new_zipfile_serialization=False)
    found = load_from_local(str(path), 'cpu')
    assert all(torch.equal(found[name], weights[name]) for name in weights)


def test_shared_and_small_tensors_are_no_bombs(tmp_path):
    weight = torch.rand(1_000_000)
    weights = dict(a=weight, b=weight, c=weight[1:], scale=torch.ones(1).expand(1000))
    found = loaded(dict(state_dict=weights), tmp_path / 'a.pth')['state_dict']
    assert torch.equal(found['c'], weight[1:]) and found['scale'].shape == (1000,)
