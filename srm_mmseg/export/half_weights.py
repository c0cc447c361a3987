"""Store the weights of an ONNX file in half the bytes; it computes in float32 as before."""

from __future__ import annotations

from pathlib import Path

import numpy as np

LEAST = 256
"""Numbers that a weight must have to be worth a cast."""


def halve_weights(path: Path) -> None:
    """Round an ONNX file's float32 weights to float16 in place, with a cast behind each.

    onnxruntime computes the casts once, as it opens the file: it takes no more time to run.

    Args:
        path: The file.

    Raises:
        ImportError: If ``onnx`` is not installed.
        ValueError: If a weight is too large for float16.
    """
    import onnx
    from onnx import numpy_helper

    model = onnx.load(path)
    casts = []
    for weight in model.graph.initializer:
        if weight.data_type != onnx.TensorProto.FLOAT or np.prod(weight.dims) < LEAST:
            continue
        name, numbers = weight.name, numpy_helper.to_array(weight)
        if np.abs(numbers).max() > np.finfo(np.float16).max:
            raise ValueError(
                f'Expected the weights of {str(path)!r} to be within the range of float16, but {name} '
                f'has {np.abs(numbers).max():.3g}. Export it in float32.'
            )
        weight.CopyFrom(numpy_helper.from_array(numbers.astype(np.float16), f'{name}_half'))
        casts.append(
            onnx.helper.make_node('Cast', [f'{name}_half'], [name], to=onnx.TensorProto.FLOAT)
        )
    for cast in reversed(casts):
        model.graph.node.insert(0, cast)
    onnx.save(model, path)
