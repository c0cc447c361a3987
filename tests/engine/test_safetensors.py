"""Weights in safetensors enter by the same door as checkpoints."""

import json
import struct

import pytest
import torch
from safetensors.torch import save_file

from srm_mmseg.engine.checkpoint import BadCheckpointError, load_checkpoint


def test_half_weights_are_widened_and_wrappers_names_taken_off(tmp_path):
    stored = {'module.a': torch.tensor([1.5, -2.0]).half(), 'module.n': torch.tensor(3)}
    save_file(stored, tmp_path / 'a.safetensors')
    found = load_checkpoint(str(tmp_path / 'a.safetensors'))['state_dict']
    torch.testing.assert_close(found['a'], torch.tensor([1.5, -2.0]), rtol=0, atol=0)
    assert found['n'].dtype == torch.int64 and sorted(found) == ['a', 'n']


def headed(**entries):
    header = json.dumps(entries).encode()
    return struct.pack('<Q', len(header)) + header


LARGE = dict(dtype='F32', shape=[2**20, 2**20], data_offsets=[0, 2**42])
DAMAGED = {
    'empty': b'',
    'cut': headed(a=dict(dtype='F32', shape=[4], data_offsets=[0, 16])) + b'1234',
    'claims more than it holds': headed(a=LARGE),
    'header longer than the file': struct.pack('<Q', 2**60),
    'a pickle': b'\x80\x02}q\x00.',
}


@pytest.mark.parametrize('name', DAMAGED)
def test_damaged_files_are_told(tmp_path, name):
    path = tmp_path / 'a.safetensors'
    path.write_bytes(DAMAGED[name])
    with pytest.raises(BadCheckpointError, match='a.safetensors.*cannot be read'):
        load_checkpoint(str(path))
