from collections import OrderedDict

import pytest
import torch
from torch import nn

from srm_mmseg.engine.checkpoint import load_from_local
from srm_mmseg.engine.weight_names import without_wrappers


@pytest.mark.parametrize(
    'name',
    [
        'module.conv.weight',
        '_orig_mod.conv.weight',
        'module._orig_mod.conv.weight',
        '_orig_mod.module.conv.weight',
        'module.module.conv.weight',
        'conv._orig_mod.weight',
        'conv.weight',
    ],
)
def test_wrappers_are_taken_off(name):
    assert list(without_wrappers({name: 1})) == ['conv.weight']


@pytest.mark.parametrize(
    'name', ['modules.weight', 'conv.module.weight', 'my_orig_mod.x', 'module']
)
def test_other_names_stay(name):
    assert list(without_wrappers({name: 1})) == [name]


def test_two_weights_of_one_name():
    with pytest.raises(ValueError, match="'a' both with and without"):
        without_wrappers({'a': 1, 'module.a': 2})


def test_versions_stay_beside_their_modules():
    model = nn.Sequential(nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1))
    found = without_wrappers(nn.DataParallel(model).state_dict())
    assert found._metadata['1'] == {'version': 2} and '' in found._metadata
    model.load_state_dict(found)
    odd = OrderedDict(a=1)
    odd._metadata = 3
    assert not hasattr(without_wrappers(odd), '_metadata')


def test_averaged_weights_keep_their_names(tmp_path):
    path = str(tmp_path / 'a.pth')
    averaged = {'module.a': torch.ones(1), 'steps': torch.tensor(3)}
    torch.save(dict(state_dict={'module.a': torch.zeros(1)}, ema_state_dict=averaged), path)
    found = load_from_local(path)
    assert list(found['state_dict']) == ['a'] and list(found['ema_state_dict']) == list(averaged)
