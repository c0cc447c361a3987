import os
import pickle
from pickle import UnpicklingError

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner.checkpoint import CheckpointLoader, _load_checkpoint

import srm_mmseg.register  # noqa: F401  Turns strict loading on.
from srm_mmseg.engine.checkpoint import load_from_local


def logged(*values):
    history = HistoryBuffer()
    for value in values:
        history.update(value)
    return history


def test_takes_the_place_of_the_toolbox_loader():
    assert CheckpointLoader._get_checkpoint_loader('work_dirs/epoch_1.pth') is load_from_local


def test_loads_what_mmengine_saves(tmp_path):
    path = str(tmp_path / 'epoch_1.pth')
    checkpoint = dict(
        state_dict=dict(weight=torch.arange(3.0)),
        message_hub=dict(log_scalars=dict(loss=logged(2.0, 1.0))),
        meta=dict(iter=7, best_score=np.float64(0.1), counts=np.arange(3)),
    )
    torch.save(checkpoint, path)
    loaded = _load_checkpoint(path)
    assert torch.equal(loaded['state_dict']['weight'], torch.arange(3.0))
    assert loaded['message_hub']['log_scalars']['loss'].mean() == 1.5
    assert loaded['meta']['best_score'] == 0.1
    assert loaded['meta']['counts'].tolist() == [0, 1, 2]


def test_the_allowance_does_not_leak(tmp_path):
    path = str(tmp_path / 'epoch_1.pth')
    torch.save(logged(1.0), path)
    load_from_local(path)
    assert HistoryBuffer not in torch.serialization.get_safe_globals()


class Call:
    """Unpickles as a call of ``function``."""

    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


@pytest.mark.parametrize('legacy', [False, True])
def test_malicious_pickle_does_not_run(tmp_path, legacy):
    path, trace = tmp_path / 'evil.pth', tmp_path / 'trace'
    evil = dict(state_dict={}, payload=Call(os.system, f'touch {trace}'))
    if legacy:
        path.write_bytes(pickle.dumps(evil))
    else:
        torch.save(evil, path)
    with pytest.raises(UnpicklingError, match='Refused to load.*evil.pth.*could run code'):
        _load_checkpoint(str(path))
    assert not trace.exists()


@pytest.mark.parametrize(
    'owner, name', [(HistoryBuffer, '__init__'), (np.ndarray, 'tofile'), (HistoryBuffer, 'update')]
)
def test_getattr_reaches_nothing_else(tmp_path, owner, name):
    path = tmp_path / 'evil.pth'
    torch.save(dict(payload=Call(getattr, owner, name)), path)
    with pytest.raises(UnpicklingError, match=f'Refused to load.*{name}'):
        load_from_local(str(path))


def test_missing_and_broken_files(tmp_path):
    path = tmp_path / 'epoch_1.pth'
    with pytest.raises(FileNotFoundError, match='epoch_1.pth.*Check the path'):
        load_from_local(str(path))
    torch.save(dict(weight=torch.zeros(10_000)), path)
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(ValueError, match='epoch_1.pth.*truncated'):
        load_from_local(str(path))
