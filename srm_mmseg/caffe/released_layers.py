"""Where each number of the authors' Caffe files goes in ``configs/srm_preact-r50_duts.py``.

The names of the layers are facts of the released network: those of the refinement trunk end in
``-stage2``, a BatchNorm keeps mean, variance and a factor that both are stored times, and a Scale
follows it with scale and shift.
"""

from __future__ import annotations

from typing import NamedTuple

UNITS = (3, 4, 6, 3)
"""Units of each layer of the ResNet-50."""


class Blob(NamedTuple):
    """What a blob of a layer is: the model's key for it, and its shape.

    A BatchNorm's factor has the key ``''``: mean and variance are divided by it.
    """

    key: str
    shape: tuple[int, ...]


Network = dict[str, list[Blob]]
"""Layers with numbers by name, in the file's order."""


def convolution(name: str, key: str, *shape: int, bias: bool = False) -> Network:
    """Describe a Convolution layer of shape out, in, kernel, kernel."""
    blobs = [Blob(f'{key}.weight', shape)]
    return {name: blobs + [Blob(f'{key}.bias', shape[:1])] * bias}


def batch_norm(name: str, scale_name: str, key: str, channels: int) -> Network:
    """Describe a BatchNorm layer and the Scale layer after it."""
    return {
        name: [
            Blob(f'{key}.running_mean', (channels,)),
            Blob(f'{key}.running_var', (channels,)),
            Blob('', (1,)),
        ],
        scale_name: [Blob(f'{key}.weight', (channels,)), Blob(f'{key}.bias', (channels,))],
    }


def trunk(key: str, suffix: str, stages: int) -> Network:
    """Describe a pre-activation ResNet-50.

    Args:
        key: Where the ``PreActResNet`` is in the model, with a dot at the end.
        suffix: End of the layers' names.
        stages: Layers of the trunk; the BatchNorm after the last one belongs to it.
    """
    network: Network = {}

    def bn(name: str, index: str, at: str, channels: int) -> None:
        network.update(
            batch_norm(
                f'{name}bn{index}{suffix}', f'{name}scale{index}{suffix}', key + at, channels
            )
        )

    def conv(name: str, at: str, *shape: int, bias: bool = False) -> None:
        network.update(convolution(name + suffix, key + at, *shape, bias=bias))

    bn('data_', '', 'input_bn', 3)
    conv('conv1', 'conv1', 64, 3, 7, 7, bias=True)
    bn('conv1_', '', 'bn1', 64)
    inputs = 64
    for stage in range(stages):
        width = 64 * 2**stage
        for unit in range(UNITS[stage]):
            name, at = f'layer_{width}_{unit + 1}_', f'layers.{stage}.{unit}.'
            if unit:
                bn(name, '1', f'{at}bn1', inputs)
            elif stage:  # the release's first unit starts from conv1's BN + ReLU
                bn(name, '1', f'norms.{stage - 1}', inputs)
            conv(f'{name}conv1', f'{at}conv1', width, inputs, 1, 1)
            bn(name, '2', f'{at}bn2', width)
            conv(f'{name}conv2', f'{at}conv2', width, width, 3, 3)
            bn(name, '3', f'{at}bn3', width)
            conv(f'{name}conv3', f'{at}conv3', 4 * width, width, 1, 1)
            if unit == 0:
                # The first unit projects its first convolution, the others their input.
                conv(f'{name}conv_expand', f'{at}projection', 4 * width, inputs, 1, 1)
            inputs = 4 * width
    last = 'last_' if stages == 4 else f'layer_{64 * 2**stages}_1_'
    bn(last, '' if stages == 4 else '1', f'norms.{stages - 1}', inputs)
    return network


def released_network() -> Network:
    """Describe the released SRM, T = 3: 53,251,077 numbers."""
    network = trunk('backbone.master.', '', 4)
    network |= convolution('conv5_4', 'decode_head.conv6', 256, 2048, 3, 3)
    network |= convolution('conv6', 'decode_head.conv_seg', 2, 256, 1, 1, bias=True)
    network |= trunk('backbone.refinement.', '-stage2', 3)
    for stage, (pool, fuse, project, refine, channels) in enumerate(
        (
            (
                'conv5_3',
                'conv5_4-stage2',
                'layer_512_1_bn1_compress-stage2',
                'combine-stage12',
                1024,
            ),
            (
                'conv3_4',
                'conv3_4-stage3',
                'layer_256_1_bn1_compress-stage3',
                'combine-stage23',
                512,
            ),
        )
    ):
        neck, head = f'neck.stages.{stage}.', f'decode_head.refinements.{stage}.'
        # The order of the concatenation, and of pool_scales in the config.
        for branch, bins in enumerate((6, 3, 2, 1)):
            network |= convolution(
                f'{pool}_pool{bins}_conv', f'{neck}branches.{branch}.conv', 512, channels, 1, 1
            )
        network |= convolution(fuse, f'{neck}fuse.conv', 256, channels + 2048, 3, 3)
        network |= convolution(project, f'{neck}project.conv', 64, 256, 3, 3)
        network |= convolution(f'{refine}-cls', f'{head}conv1', 2, 66, 3, 3)
        network |= convolution(f'{refine}-cls2', f'{head}conv2', 2, 2, 3, 3)
    return network


def imagenet_trunk() -> Network:
    """Describe the trunk of an ImageNet classifier, which both trunks of SRM start from."""
    return trunk('backbone.master.', '', 4)


def refinement_key(key: str) -> str | None:
    """Find the refinement trunk's key for one of the master's; None past its last layer."""
    shared = {blob.key for blobs in trunk('', '', 3).values() for blob in blobs}
    name = key.removeprefix('backbone.master.')
    return f'backbone.refinement.{name}' if name in shared else None


def first_difference(found: dict[str, list[tuple[int, ...]]], network: Network) -> str | None:
    """Compare layers with a network.

    Args:
        found: Shapes of the blobs by the layer's name, of layers that have some.
        network: What is expected.

    Returns:
        What differs first in the network's order; None if nothing does.
    """
    for name, blobs in network.items():
        expected = [blob.shape for blob in blobs]
        if name not in found:
            return f'the layer {name!r} with blobs of shape {expected}, but there is none'
        if found[name] != expected:
            return f'{name!r} with blobs of shape {expected}, but got {found[name]}'
    return None
