"""Read the layers of a ``.caffemodel`` without Caffe.

The file is a ``caffe.NetParameter`` message of protobuf, whose field 100 repeats a
``LayerParameter``. Layers are read one by one, so that the file is never in memory as a whole.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

LAYER, OLD_LAYER = 100, 2  # fields of NetParameter
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5  # protobuf's wire types


class Layer(NamedTuple):
    """A layer's name and its numbers, float32 arrays that share the file's bytes."""

    name: str
    blobs: list[np.ndarray]


def _layer_message() -> Any:
    """Build protobuf's class of ``LayerParameter`` with the few fields that matter."""
    field = descriptor_pb2.FieldDescriptorProto
    one, many = field.LABEL_OPTIONAL, field.LABEL_REPEATED
    file = descriptor_pb2.FileDescriptorProto(name='srm_mmseg/caffe.proto', package='srm_mmseg')
    shape, blob, layer = (file.message_type.add(name=name) for name in ('Shape', 'Blob', 'Layer'))
    shape.field.add(name='dim', number=1, label=many, type=field.TYPE_INT64)
    # Packed floats are bytes on the wire; as bytes they need not become Python's numbers.
    blob.field.add(name='data', number=5, label=many, type=field.TYPE_BYTES)
    nested = dict(type=field.TYPE_MESSAGE)
    blob.field.add(name='shape', number=7, label=one, type_name='.srm_mmseg.Shape', **nested)
    layer.field.add(name='name', number=1, label=one, type=field.TYPE_BYTES)
    layer.field.add(name='blobs', number=7, label=many, type_name='.srm_mmseg.Blob', **nested)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName('srm_mmseg.Layer'))


LayerMessage = _layer_message()


def read_layers(
    path: str | Path, on_bytes: Callable[[int], object] = lambda count: None
) -> Iterator[Layer]:
    """Read a ``.caffemodel`` layer by layer.

    Args:
        path: The file.
        on_bytes: Called with the number of bytes read since the last call.

    Yields:
        Layers in the file's order.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is truncated, corrupt, of Caffe's old format or no ``.caffemodel``.
    """
    found = False
    with Path(path).open('rb') as file:
        end, last = os.fstat(file.fileno()).st_size, 0
        try:
            while file.tell() < end:
                number, payload = _read_field(file, end)
                if number == OLD_LAYER:
                    raise ValueError(
                        "it has layers of the old format (V1); rewrite it with Caffe's "
                        'upgrade_net_proto_binary'
                    )
                if number == LAYER:
                    found = True
                    yield _parse_layer(payload)
                on_bytes(file.tell() - last)
                last = file.tell()
            if not found:
                raise ValueError('it has no layer')
        except (DecodeError, ValueError) as error:
            raise ValueError(
                f'Expected a complete .caffemodel, but got {str(path)!r}: {error} (near byte '
                f'{file.tell()} of {end}). Copy or download it again.'
            ) from error


def _read_field(file: BinaryIO, end: int) -> tuple[int, bytes]:
    """Read a field of the outermost message: its number, and its bytes."""
    number, wire_type = divmod(_read_varint(file), 8)
    if number == 0:
        raise ValueError('a field has the number 0, as in zeros that fill a file up')
    if wire_type == VARINT:
        _read_varint(file)
        return number, b''
    lengths = {FIXED64: 8, FIXED32: 4}
    if wire_type != BYTES and wire_type not in lengths:
        raise ValueError(f'wire type {wire_type} does not exist')
    length = lengths.get(wire_type) or _read_varint(file)
    if length > end - file.tell():
        raise ValueError(f'it ends {length - (end - file.tell())} bytes too early')
    return number, file.read(length)


def _read_varint(file: BinaryIO) -> int:
    """Read an integer of seven bits a byte, the least first."""
    value = 0
    for shift in range(0, 70, 7):
        byte = file.read(1)
        if not byte:
            raise ValueError('it ends within a number')
        value |= (byte[0] & 127) << shift
        if byte[0] < 128:
            return value
    raise ValueError('a number is longer than 64 bits')


def _parse_layer(payload: bytes) -> Layer:
    """Parse a layer and check that its blobs hold as many finite numbers as their shapes say."""
    message = LayerMessage.FromString(payload)
    name = message.name.decode(errors='replace')
    blobs = []
    for index, blob in enumerate(message.blobs):
        data = blob.data[0] if len(blob.data) == 1 else b''.join(blob.data)
        shape = tuple(blob.shape.dim)
        if len(data) != 4 * math.prod(shape):
            raise ValueError(
                f'blob {index} of layer {name!r} holds {len(data)} bytes, but its shape '
                f'{shape} needs {4 * math.prod(shape)}'
            )
        numbers = np.frombuffer(data, '<f4').reshape(shape)
        if not np.isfinite(numbers).all():
            raise ValueError(f'blob {index} of layer {name!r} holds numbers that are not finite')
        blobs.append(numbers)
    return Layer(name, blobs)
