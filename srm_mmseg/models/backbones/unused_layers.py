"""Leave out of a trunk what its taps do not need.

Trunks have layers past the last tap, and some have a norm for each output, taken or not. Distributed
training fails on parameters without a gradient; their layers cost time and memory besides.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn


class LeftOut(nn.Module):
    """Stands where a layer was: it passes its input on, and is false to who asks for a layer."""

    def forward(self, x: Any, *others: Any) -> Any:
        """Pass on the first input."""
        return x

    def __bool__(self) -> bool:
        """Tell that there is no layer, as Swin asks of its last one."""
        return False


def without_unused(trunk: nn.Module, taps_of: Callable[[nn.Module], list[Tensor]]) -> nn.Module:
    """Take the layers out of a trunk that its taps do not depend on.

    Where a trunk does not run without them they stay, without a gradient.

    Args:
        trunk: A backbone in evaluation mode, whose weights are still to be drawn.
        taps_of: Runs a trunk on a small image; gives its taps.

    Returns:
        The trunk; or a copy that has less, and the same taps.
    """
    unused = unused_parameters(trunk, taps_of)
    shorter = copy.deepcopy(trunk)
    for parent, name in list(topmost(shorter, unused)):
        leave_out(parent, name)
    with torch.no_grad():
        expected = taps_of(trunk)
        try:
            found = taps_of(shorter)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError, RuntimeError):
            found = []  # it unpacks, counts or indexes what is not there any more
    is_same = len(found) == len(expected) and all(map(torch.equal, found, expected))
    chosen = shorter if is_same else trunk
    for name, parameter in chosen.named_parameters():
        if name in unused:
            parameter.requires_grad_(False)
    return chosen


def unused_parameters(trunk: nn.Module, taps_of: Callable[[nn.Module], list[Tensor]]) -> set[str]:
    """Name the parameters that no tap depends on, by the gradients of a copy."""
    tried = copy.deepcopy(trunk).requires_grad_(True)
    with torch.enable_grad():
        torch.stack([tap.sum() for tap in taps_of(tried)]).sum().backward()
    return {name for name, parameter in tried.named_parameters() if parameter.grad is None}


def topmost(trunk: nn.Module, unused: set[str]) -> Iterator[tuple[nn.Module, str]]:
    """Yield parents and names of the largest modules whose parameters are all unused, last first."""
    for name, child in reversed(list(trunk.named_children())):
        inside = [f'{name}.{parameter}' for parameter, _ in child.named_parameters()]
        if inside and unused.issuperset(inside):
            yield trunk, name
        else:
            start = f'{name}.'
            yield from topmost(
                child, {one.removeprefix(start) for one in unused if one.startswith(start)}
            )


def leave_out(parent: nn.Module, name: str) -> None:
    """Shorten a list at its end; put nothing in the place of another layer."""
    if isinstance(parent, nn.ModuleList) and int(name) == len(parent) - 1:
        del parent[int(name)]
    else:
        setattr(parent, name, LeftOut())
