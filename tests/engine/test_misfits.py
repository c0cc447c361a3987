import pytest
import torch
from mmengine.runner.checkpoint import load_state_dict
from torch import nn

from srm_mmseg.engine.misfits import broken_weights, in_short


def load(model, state):
    load_state_dict(model, state, strict=True)


def test_keys_are_counted_and_the_first_named():
    model = nn.Sequential(*(nn.Linear(2, 2, bias=False) for _ in range(5)))
    with pytest.raises(RuntimeError) as error:
        load(model, nn.ModuleDict(dict(extra=nn.Linear(2, 2))).state_dict())
    assert in_short(str(error.value)) == (
        '2 unexpected keys (extra.weight, extra.bias); '
        '5 missing keys (0.weight, 1.weight, 2.weight, ...)'
    )


def test_of_sizes_the_first_is_told():
    wide, narrow = (nn.Sequential(nn.Linear(2, width), nn.Linear(2, width)) for width in (4, 3))
    with pytest.raises(RuntimeError) as error:
        load(narrow, wide.state_dict())
    told = in_short(str(error.value))
    assert told.startswith('size mismatch for 0.weight: ') and told.endswith(', and 3 more')
    assert '\n' not in told


def test_one_key_is_one():
    with pytest.raises(RuntimeError) as error:
        load(nn.Sequential(), dict(a=nn.Parameter()))
    assert in_short(str(error.value)) == '1 unexpected key (a)'


def test_another_message_is_left_as_it_is():
    assert in_short('T = 2 stages') == 'T = 2 stages'


def test_of_weights_that_are_none_the_first_is_told():
    model = nn.Sequential(nn.Linear(2, 2))
    with pytest.raises(RuntimeError) as error:
        load(model, dict.fromkeys(model.state_dict(), 3))
    told = in_short(str(error.value))
    assert told.startswith('While copying the parameter named "0.weight", ') and '\n' not in told
    assert told.endswith(', and 1 more')


@pytest.mark.parametrize('number', [float('nan'), float('inf')])
def test_weights_and_statistics_that_are_no_numbers_are_named(number):
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    assert broken_weights(model) == ''
    model[1].running_var[0] = number
    with torch.no_grad():
        model[0].weight[0, 0] = number
    assert broken_weights(model) == '2 weights (0.weight, 1.running_var)'
