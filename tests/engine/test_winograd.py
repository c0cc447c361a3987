import pytest
import torch
import torch.nn.functional as F
from torch import nn

from srm_mmseg.engine.fast_inference import PackedConv2d, is_packable
from srm_mmseg.engine.winograd import tiles, winograd_conv2d, winograd_weights


@pytest.mark.parametrize('size', [(1, 1), (3, 5), (4, 8), (9, 6), (23, 23)])
@pytest.mark.parametrize('bias', [True, False])
@pytest.mark.parametrize('batch', [1, 5])
def test_equals_the_convolution(size, bias, batch):
    torch.manual_seed(0)
    conv = nn.Conv2d(6, 7, 3, padding=1, bias=bias, dtype=torch.float64)
    x = torch.randn(batch, 6, *size, dtype=torch.float64)
    with torch.no_grad():
        found = winograd_conv2d(x, winograd_weights(conv.weight), conv.bias)
        torch.testing.assert_close(found, conv(x), atol=1e-11, rtol=1e-11)
    assert found.is_contiguous(memory_format=torch.channels_last)


def test_more_tiles_than_at_once():
    x, weight = torch.randn(9, 4, 45, 13).double(), torch.randn(3, 4, 3, 3).double()
    found = winograd_conv2d(x, winograd_weights(weight), None)
    torch.testing.assert_close(found, F.conv2d(x, weight, padding=1), atol=1e-11, rtol=1e-11)


def test_rounds_nearly_as_finely_as_the_convolution():
    torch.manual_seed(0)
    x, weight = torch.randn(1, 256, 23, 23), torch.randn(64, 256, 3, 3)
    expected = F.conv2d(x.double(), weight.double(), padding=1)
    found = winograd_conv2d(x, winograd_weights(weight), None)
    assert (found - expected).std() < 2e-6 * expected.std()  # the usual points: 3e-6


def test_tiles():
    assert tiles((2, 64, 23, 5)) == 2 * 6 * 2


@pytest.mark.skipif(not is_packable(torch.zeros(1)), reason='needs oneDNN')
@pytest.mark.parametrize(
    ('settings', 'side', 'expected'),
    [
        (dict(), 23, True),  # 36 tiles
        (dict(), 20, False),  # 25 tiles
        (dict(out_channels=128), 23, False),
        (dict(stride=2), 23, False),
        (dict(dilation=2, padding=2), 23, False),
        (dict(padding=0), 23, False),
        (dict(groups=2), 23, False),
        (dict(kernel_size=1, padding=0), 23, False),
    ],
)
def test_is_taken_where_it_pays(settings, side, expected):
    torch.manual_seed(0)
    plain = dict(in_channels=256, out_channels=256, kernel_size=3, padding=1)
    conv = nn.Conv2d(**{**plain, **settings})
    x = torch.randn(1, 256, side, side).to(memory_format=torch.channels_last)
    linear, block_end = PackedConv2d(conv), PackedConv2d(conv, 'relu')
    with torch.no_grad():
        y = conv(x)
        shortcut = torch.randn_like(y)
        with_shortcut = (y + shortcut).relu()
        torch.testing.assert_close(linear(x), y, atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(block_end(x), y.relu(), atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(block_end(x, shortcut), with_shortcut, atol=1e-5, rtol=1e-5)
    assert (linear.winograd is not None) == (block_end.winograd is not None) == expected
