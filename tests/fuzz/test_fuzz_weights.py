"""Checkpoints and caffemodels, changed at random: loaded, or refused by name."""

import io
from pickle import UnpicklingError

import caffe_files
import numpy as np
import pytest
import torch
from fuzzing import SECONDS, changed, fuzz

from srm_mmseg.caffe.caffemodel import read_layers
from srm_mmseg.engine.checkpoint import load_from_local


def checkpoints() -> list[bytes]:
    stored = dict(state_dict={'conv.weight': torch.ones(2, 3)}, meta=dict(epoch=3, cfg='model'))
    files = [io.BytesIO(), io.BytesIO()]
    torch.save(stored, files[0])
    torch.save(stored, files[1], _use_new_zipfile_serialization=False)
    return [file.getvalue() for file in files]


@pytest.mark.parametrize('seconds', [0, pytest.param(SECONDS, marks=pytest.mark.long)])
def test_checkpoints(seconds, tmp_path):
    path = tmp_path / 'a.pth'

    def check(data: bytes) -> str:
        path.write_bytes(data)
        try:
            load_from_local(str(path))
        except (UnpicklingError, ValueError) as error:
            assert 'a.pth' in str(error)
            return 'refused'
        return 'read'

    fuzz(check, changed(checkpoints()), seconds)


@pytest.mark.parametrize('seconds', [0, pytest.param(SECONDS, marks=pytest.mark.long)])
def test_caffemodels(seconds, tmp_path):
    path = tmp_path / 'a.caffemodel'
    layers = {'conv': [np.ones((2, 3, 1, 1), np.float32)], 'bn': [np.ones(2, np.float32)] * 3}
    base = caffe_files.write(path, layers).read_bytes()

    def check(data: bytes) -> str:
        path.write_bytes(data)
        try:
            list(read_layers(path))
        except ValueError as error:
            assert 'a.caffemodel' in str(error)
            return 'refused'
        return 'read'

    fuzz(check, changed([base]), seconds)
