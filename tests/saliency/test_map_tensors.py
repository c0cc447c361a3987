import pytest
import torch
import torch.nn.functional as F

from srm_mmseg.saliency import map_tensors
from srm_mmseg.saliency.map_tensors import foreground_of, log_odds, resized


def test_both_ways_from_logits_to_a_map_agree():
    logits = 4 * torch.randn(1, 2, 12, 12, generator=torch.Generator().manual_seed(0))
    of_both_channels = foreground_of(resized(logits, (97, 65), True)[0])
    of_their_difference = resized(log_odds(logits), (97, 65), True)[0, 0].sigmoid()
    assert (of_both_channels - of_their_difference).abs().max() < 1e-6


def test_resizes_as_the_toolbox():
    logits = torch.randn(2, 2, 5, 7)
    expected = F.interpolate(logits, (9, 4), mode='bilinear', align_corners=False)
    assert torch.equal(resized(logits, (9, 4), False), expected)


def test_rows_at_a_time_are_the_whole(monkeypatch):
    scores = torch.randn(2, 50, 30)
    whole = foreground_of(scores)
    monkeypatch.setattr(map_tensors, 'ROWS', 7)
    assert (foreground_of(scores) - whole).abs().max() < 1e-6


@pytest.mark.parametrize('channels', [1, 2])
def test_stretches_to_the_whole_range(channels):
    scores = torch.rand(channels, 6, 5) / 2
    stretched = foreground_of(scores, stretch=True)
    assert stretched.min() == 0 and stretched.max() == 1
