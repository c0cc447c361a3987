"""Quantise an exported model to 8 bits by NNCF, for OpenVINO."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from srm_mmseg.export.installed import require

FLOAT_OPERATIONS = ['MatMul']
"""Pooling's products of matrices, which OpenVINO's CPU plugin runs in no integers."""

RANKED_BY = 4
"""Photographs by which NNCF ranks layers by the harm that they do, one by one, for minutes."""

MOST_STEPS = 20
"""Groups of layers, the most harmful first, that it puts back to float at most."""


def to_int8(source: Path, images: np.ndarray, path: Path, most: float) -> None:
    """Write an IR of 8 bits; where maps change too much, layers that hurt stay in float.

    Args:
        source: ONNX file of ``tools/export.py``.
        images: Photographs to take ranges from, N x H x W x 3, uint8, BGR, at least one.
        path: The ``.xml`` to write; its weights go to a ``.bin`` beside it.
        most: Mean difference of maps, 0 to 1, from those in float, that is borne.

    Raises:
        ImportError: If OpenVINO or NNCF is not installed.
    """
    require('openvino', 'nncf', extra='openvino')
    import nncf
    import openvino

    logging.getLogger('nncf').setLevel(logging.ERROR)
    model = openvino.Core().read_model(source)
    items = list(enumerate(images[:, None]))
    expected = _maps(openvino.compile_model(model, 'CPU'), items)

    def agreement(compiled: Any, some: Iterable) -> tuple[float, None]:
        chosen = list(some)  # NNCF gives those that it wants to be looked at
        wanted = expected[[index for index, _ in chosen]]
        return -float(np.abs(_maps(compiled, chosen) - wanted).mean()), None

    data = nncf.Dataset(items, lambda item: item[1])
    floats = nncf.IgnoredScope(types=FLOAT_OPERATIONS, validate=False)
    settings: dict[str, Any] = dict(subset_size=len(items), ignored_scope=floats)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        found = nncf.quantize(model, data, **settings)
        if -agreement(openvino.compile_model(found, 'CPU'), items)[0] > most:
            steps = nncf.AdvancedAccuracyRestorerParameters(
                max_num_iterations=MOST_STEPS, ranking_subset_size=RANKED_BY
            )
            found = nncf.quantize_with_accuracy_control(
                model,
                data,
                data,
                agreement,
                max_drop=most,
                advanced_accuracy_restorer_parameters=steps,
                **settings,
            )
    openvino.save_model(found, path, compress_to_fp16=False)


def _maps(compiled: Any, items: Sequence[tuple[int, np.ndarray]]) -> np.ndarray:
    """Compute the final stage of each image: the last channel of the last output."""
    return np.stack([compiled([image]).to_tuple()[-1][:, -1:].copy() for _, image in items])
