"""Quantise an exported model to 8 bits by onnxruntime: static, QDQ, weights by channel."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from srm_mmseg.export.installed import require

SHARES = (0.1, 0.2, 0.4)
"""Of the layers, that go back to float where maps change too much, the worst first."""

PICTURES_OF_ERRORS = 4
"""Whose feature maps are compared layer by layer; all of them are in memory."""


def to_int8(source: Path, images: np.ndarray, path: Path, most: float) -> None:
    """Write an ONNX file of 8 bits; where maps change too much, layers that hurt stay in float.

    Args:
        source: ONNX file of ``tools/export.py``.
        images: Photographs to take ranges from, N x H x W x 3, uint8, BGR, at least one.
        path: The file to write.
        most: Mean difference of maps, 0 to 1, from those in float, that is borne.

    Raises:
        ImportError: If ``onnx`` is not installed.
    """
    require('onnx', extra='export')
    logging.getLogger().setLevel(logging.ERROR)  # it advises a step that these files do without
    batches = list(images[:, None])
    expected = _maps(source, batches)
    _quantise(source, batches, path, [])
    if _change(path, batches, expected) > most:
        worst = layers_by_error(source, path, batches[:PICTURES_OF_ERRORS])
        for share in SHARES:
            _quantise(source, batches, path, worst[: round(share * len(worst))])
            if _change(path, batches, expected) <= most:
                break


def layers_by_error(source: Path, quantised: Path, batches: Sequence[np.ndarray]) -> list[str]:
    """List the nodes whose outputs 8 bits hold worst, by the ratio of signal to rounding.

    Args:
        source: The file in float.
        quantised: The same in 8 bits.
        batches: Images, 1 x H x W x 3 each.
    """
    import onnx
    from onnxruntime.quantization import qdq_loss_debug as debug

    with TemporaryDirectory() as folder:
        augmented = str(Path(folder, 'with_all_outputs.onnx'))
        debug.modify_model_output_intermediate_tensors(quantised, augmented)
        matching = debug.create_activation_matching(
            debug.collect_activations(augmented, _reader(batches))
        )
        ratio = debug.compute_signal_to_quantization_noice_ratio
        ratios = {name: ratio(one['pre_qdq'], one['post_qdq']) for name, one in matching.items()}
    nodes = {output: node.name for node in onnx.load(source).graph.node for output in node.output}
    return [nodes[name] for name in sorted(ratios, key=lambda one: ratios[one]) if name in nodes]


def _quantise(
    source: Path, batches: Sequence[np.ndarray], path: Path, floats: Sequence[str]
) -> None:
    """Quantise all layers but those that are named."""
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

    quantize_static(
        source,
        path,
        _reader(batches),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        nodes_to_exclude=list(floats),
    )


def _reader(batches: Sequence[np.ndarray]) -> Any:
    """Give batches one by one, as onnxruntime asks for them."""
    from onnxruntime.quantization import CalibrationDataReader

    class Reader(CalibrationDataReader):
        def __init__(self) -> None:
            self.feeds: Iterator[dict] = ({'images': batch} for batch in batches)

        def get_next(self) -> dict | None:
            return next(self.feeds, None)

    return Reader()


def _change(path: Path, batches: Sequence[np.ndarray], expected: np.ndarray) -> float:
    """Measure by how much a file's maps differ on average."""
    return float(np.abs(_maps(path, batches) - expected).mean())


def _maps(path: Path, batches: Sequence[np.ndarray]) -> np.ndarray:
    """Compute the last output of each batch: the final stage's."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=['CPUExecutionProvider'])
    return np.stack([session.run(None, {'images': batch})[-1][:, -1:] for batch in batches])
