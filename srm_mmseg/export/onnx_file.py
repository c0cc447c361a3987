"""Write a model as an ONNX file."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import torch
from torch import Tensor

from srm_mmseg.export.description import KEY, Description
from srm_mmseg.export.installed import require
from srm_mmseg.saliency.saliency_graph import SaliencyGraph

OPSET = 18


def write_onnx(graph: SaliencyGraph, images: Tensor, description: Description, path: Path) -> None:
    """Export a model to one file, weights inside.

    Args:
        graph: The model.
        images: An example, shape N x H x W x 3, uint8: the file's batch and size, if these are not
            dynamic. If they are, each must be 2 or more, as PyTorch takes a 1 for fixed.
        description: Stored in the file.
        path: File to write.

    Raises:
        ImportError: If ``onnx`` or ``onnxscript`` is not installed.
    """
    require('onnx', 'onnxscript', extra='export')
    free = {0: 'batch', 1: 'height', 2: 'width'}
    logging.getLogger('torch.onnx').setLevel(logging.ERROR)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter('ignore')
        program = torch.onnx.export(
            graph,
            (images,),
            dynamo=True,
            opset_version=OPSET,
            input_names=['images'],
            output_names=description.outputs,
            dynamic_shapes=(free,) if description.dynamic else None,
            verbose=False,
        )
    assert program is not None  # it is one with dynamo=True
    for node in program.model.graph:  # where in the code it comes from: paths of this machine
        node.metadata_props.clear()
    program.model.metadata_props[KEY] = description.to_json()
    program.save(path, external_data=False)


def describe_onnx(source: Path, description: Description, path: Path) -> None:
    """Write a file anew with another description.

    Raises:
        ImportError: If ``onnx`` is not installed.
    """
    require('onnx', extra='export')
    import onnx

    model = onnx.load(source)
    onnx.helper.set_model_props(model, {KEY: description.to_json()})
    onnx.save(model, path)
