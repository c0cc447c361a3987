"""Store the weights of an ONNX file in half the bytes; it computes in float32, the same as before."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

LEAST = 256
"""Numbers that a weight must have to be worth the nodes."""


def halve_weights(path: Path, originals: Mapping[str, np.ndarray]) -> None:
    """Store weights as float16 that a model had in float16, before BN was folded into some.

    What a channel was multiplied by is stored beside it. onnxruntime multiplies once, as it opens the
    file. Weights of which float16 holds less than they are stay float32.

    Args:
        path: The file; it is replaced.
        originals: Weights by their names in the file, before folding, float32.

    Raises:
        ImportError: If ``onnx`` is not installed.
    """
    import onnx
    from onnx import numpy_helper

    model = onnx.load(path)
    graph = model.graph
    for weight in list(graph.initializer):
        original = originals.get(weight.name)
        if original is None or original.size < LEAST or list(original.shape) != list(weight.dims):
            continue
        halves, name = original.astype(np.float16), weight.name
        gain = channel_gain(numpy_helper.to_array(weight), original)
        if gain is None or not np.array_equal(halves, original):
            continue
        weight.CopyFrom(numpy_helper.from_array(halves, f'{name}.half'))
        graph.initializer.append(numpy_helper.from_array(gain, f'{name}.gain'))
        half, wide = [f'{name}.half'], [f'{name}.wide']
        nodes = [
            onnx.helper.make_node('Cast', half, wide, to=onnx.TensorProto.FLOAT),
            onnx.helper.make_node('Mul', [f'{name}.wide', f'{name}.gain'], [name]),
        ]
        for node in reversed(nodes):
            graph.node.insert(0, node)
    onnx.save(model, path)


def channel_gain(folded: np.ndarray, original: np.ndarray) -> np.ndarray | None:
    """Find what each output channel was multiplied by; None if it was more than that.

    Args:
        folded: Shape C x ...
        original: The same shape.

    Returns:
        Shape C x 1 x ..., float32.
    """
    rows, was = folded.reshape(len(folded), -1), original.reshape(len(original), -1)
    largest = np.abs(was).argmax(axis=1)[:, None]
    below = np.take_along_axis(was, largest, axis=1)
    above = np.take_along_axis(rows, largest, axis=1)
    gain = np.divide(above, below, out=np.ones_like(above), where=below != 0)
    if not np.allclose(was * gain, rows, rtol=1e-5, atol=0):
        return None
    return gain.reshape(-1, *[1] * (folded.ndim - 1))
