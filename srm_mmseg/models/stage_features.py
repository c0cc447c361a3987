"""Check what one part of the model hands to the next: a feature map a stage, in stage order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor


def trunk_outputs(outputs: Any, trunk: str) -> tuple[Tensor, ...]:
    """Take a trunk's outputs as feature maps.

    Args:
        outputs: What the trunk returns. Of one output some return the map, not a tuple of it.
        trunk: What the config calls the trunk: ``master`` or ``refinement``.

    Returns:
        The maps, each B x C x h x w.

    Raises:
        TypeError: If they are something else, as a dict or tokens, or there is none.
    """
    maps = (outputs,) if isinstance(outputs, Tensor) else outputs
    is_series = isinstance(maps, (tuple, list)) and len(maps) > 0
    if not is_series or not all(isinstance(each, Tensor) and each.ndim == 4 for each in maps):
        raise TypeError(
            f'Expected backbone.{trunk} to give a tuple of feature maps, B x C x h x w each, but got '
            f'{described(outputs)}. Set its out_indices, or take a trunk that gives maps.'
        )
    return tuple(maps)


def taps_at(
    maps: Sequence[Tensor], size: int, strides: Sequence[int], trunk: str
) -> tuple[int, ...]:
    """Find a trunk's outputs by their strides.

    Args:
        maps: The trunk's outputs for an image of ``size`` x ``size`` pixels.
        size: A power of two.
        strides: Powers of two, an image's side by the map's.
        trunk: What the config calls the trunk: ``master`` or ``refinement``.

    Returns:
        An index for each stride: that of the last output that has it.

    Raises:
        ValueError: If no output has a stride that is asked for.
    """
    last = {2 ** round(math.log2(size / each.shape[3])): index for index, each in enumerate(maps)}
    missing = [stride for stride in strides if stride not in last]
    if missing:
        raise ValueError(
            f'Expected backbone.{trunk} to have an output of stride {missing[0]}, as backbone.strides '
            f'asks for, but got outputs of strides {", ".join(map(str, sorted(last)))}. Set '
            'backbone.strides to some of these, a stage each, or let the trunk give more (out_indices).'
        )
    return tuple(last[stride] for stride in strides)


def described(outputs: Any) -> str:
    """Describe a trunk's outputs in a few words."""
    if isinstance(outputs, Tensor):
        return f'a tensor of shape {tuple(outputs.shape)}'
    kind = f'a {type(outputs).__name__}'
    if isinstance(outputs, dict):
        return f'{kind} of {", ".join(map(str, outputs)) or "nothing"}'
    if isinstance(outputs, (tuple, list)):
        return f'{kind} of {", ".join(map(described, outputs)) or "nothing"}'
    return kind


def is_traced() -> bool:
    """Tell whether the model is being traced, exported or compiled, where a size may be a symbol."""
    return torch.jit.is_tracing() or torch.compiler.is_compiling()


def check_deepest_last(maps: Sequence[Tensor], trunk: str) -> None:
    """Refuse the taps of a trunk that come in another order.

    Args:
        maps: The trunk's outputs.
        trunk: What the config calls the trunk: ``master`` or ``refinement``.

    Raises:
        ValueError: If a map is larger than one before it.
    """
    if is_traced():
        return
    sizes = [tuple(each.shape[2:]) for each in maps]
    areas = [height * width for height, width in sizes]
    if areas != sorted(areas, reverse=True):
        raise ValueError(
            f'Expected backbone.{trunk} to give its deepest output last, but got maps of '
            f'{", ".join(f"{height}x{width}" for height, width in sizes)} pixels. Take a trunk that '
            'gives them in that order.'
        )


def check_stage_features(features: Sequence[Tensor], in_channels: Sequence[int], part: str) -> None:
    """Refuse features that the neck or the head was not made for.

    Args:
        features: One map a stage in stage order.
        in_channels: Their channels, as the config gives them.
        part: What the config calls the part that reads them: ``neck`` or ``decode_head``.

    Raises:
        ValueError: If there are more or fewer, or one has other channels.
    """
    source = 'backbone' if part == 'neck' else 'neck'
    key, expected, found = f'{part}.in_channels', len(in_channels), len(features)
    if found != expected:
        remedy = f'Make {key} list the channels of each output of the {source}, in stage order'
        if part == 'neck':
            remedy += (
                f', or set out_indices of backbone.refinement, expected to give {expected - 1} '
                f'outputs and giving {found - 1}; the first of all is of backbone.master'
            )
        raise ValueError(
            f'Expected the {source} to give T = {expected} feature maps, one a stage ({key} has '
            f'{expected}), but got {found}. {remedy}.'
        )
    if is_traced():
        return
    for index, (feature, channels) in enumerate(zip(features, in_channels)):
        if feature.shape[1] != channels:
            raise ValueError(
                f'Expected output {index} of the {source}, for stage {index + 1}, to have {channels} '
                f'channels ({key}[{index}]), but got {feature.shape[1]}. Set {key}[{index}] to '
                f'{feature.shape[1]}, or take other outputs of the {source}.'
            )
