"""Write ``.caffemodel`` files by hand: the wire format of protobuf is tags, lengths and bytes."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from srm_mmseg.caffe.released_layers import Network

FACTOR = 999.982  # what BatchNorm statistics are stored times


def varint(value: int) -> bytes:
    encoded = b''
    while value > 127:
        encoded += bytes([value & 127 | 128])
        value >>= 7
    return encoded + bytes([value])


def field(number: int, payload: bytes) -> bytes:
    return varint(number * 8 + 2) + varint(len(payload)) + payload


def blob(array: np.ndarray) -> bytes:
    shape = field(1, b''.join(map(varint, array.shape)))
    return field(7, field(7, shape) + field(5, array.astype('<f4').tobytes()))


def layer(name: str, arrays: Iterable[np.ndarray] = ()) -> bytes:
    return field(100, field(1, name.encode()) + field(2, b'AnyType') + b''.join(map(blob, arrays)))


def write(path: Path, layers: dict[str, list[np.ndarray]]) -> Path:
    """Write layers, among them some without numbers, as every network has."""
    with path.open('wb') as file:
        file.write(field(1, b'a network'))
        file.write(layer('data'))
        for name, arrays in layers.items():
            file.write(layer(name, arrays))
    return path


def random_layers(network: Network, seed: int = 0) -> dict[str, list[np.ndarray]]:
    """Draw numbers for a network that keep its activations in bounds."""
    rng = np.random.default_rng(seed)
    layers = {}
    for name, blobs in network.items():
        layers[name] = []
        for key, shape in blobs:
            if not key:
                values = np.full(shape, FACTOR)
            elif key.endswith('running_var'):
                values = FACTOR * rng.uniform(0.5, 1.5, shape)
            elif key.endswith('running_mean'):
                values = FACTOR * rng.normal(0, 0.1, shape)
            elif len(shape) == 4:
                fan_in = np.prod(shape[1:])
                values = rng.standard_normal(shape, dtype=np.float32) / np.float32(fan_in**0.5)
            else:
                values = rng.uniform(0.5, 1, shape)
            layers[name].append(np.asarray(values, dtype=np.float32))
    return layers
