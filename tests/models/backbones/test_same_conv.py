import pytest
import torch
from mmcv.cnn.bricks import Conv2dAdaptivePadding
from torch import nn

from srm_mmseg.models.backbones.same_conv import SameConv2d, replace_adaptive_padding

SIZES = [(5, 5), (4, 4), (6, 9), (1, 2), (2, 1), (33, 32)]


@pytest.mark.parametrize('kernel', [3, 5, 7])
def test_computes_what_the_toolboxs_convolution_does_and_so_does_its_trace(kernel):
    torch.manual_seed(0)
    theirs = Conv2dAdaptivePadding(2, 4, kernel, stride=2, groups=2)
    ours = SameConv2d(theirs)
    traced = torch.jit.trace(ours, torch.zeros(1, 2, 7, 7), check_trace=False)
    for size in SIZES:
        x = torch.randn(1, 2, *size)
        assert torch.equal(ours(x), theirs(x)) and torch.equal(traced(x), theirs(x)), size


def test_a_graph_of_free_size_keeps_the_padding():
    conv = SameConv2d(Conv2dAdaptivePadding(1, 1, 5, stride=2))
    sides = {2: torch.export.Dim.DYNAMIC, 3: torch.export.Dim.DYNAMIC}
    graph = torch.export.export(conv, (torch.zeros(1, 1, 17, 19),), dynamic_shapes=[sides]).module()
    for size in [(5, 5), (4, 4), (6, 9), (33, 32)]:
        x = torch.randn(1, 1, *size)
        assert torch.equal(graph(x), conv(x)), size


@pytest.mark.parametrize('settings', [dict(stride=1), dict(stride=2, dilation=2), dict(stride=3)])
def test_other_convolutions_are_refused(settings):
    with pytest.raises(ValueError, match='a stride of 2'):
        SameConv2d(Conv2dAdaptivePadding(1, 1, 3, **settings))
    with pytest.raises(ValueError, match='an odd kernel'):
        SameConv2d(Conv2dAdaptivePadding(1, 1, 2, stride=2))


def test_all_of_a_module_are_replaced_and_their_weights_stay():
    module = nn.Sequential(nn.Sequential(Conv2dAdaptivePadding(1, 1, 3, stride=2)), nn.ReLU())
    before = {name: value.clone() for name, value in module.state_dict().items()}
    replace_adaptive_padding(module)
    assert type(module[0][0]) is SameConv2d
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
