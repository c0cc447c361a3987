"""Write a model as a TorchScript file."""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
from torch import Tensor

from srm_mmseg.export.description import KEY, Description
from srm_mmseg.saliency.saliency_graph import SaliencyGraph


def write_torchscript(
    graph: SaliencyGraph, images: Tensor, description: Description, path: Path
) -> None:
    """Trace a model into one file, for any batch and size and for the device of ``images``.

    Args:
        graph: The model.
        images: An example, shape N x H x W x 3, uint8.
        description: Stored in the file.
        path: File to write.
    """
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter('ignore')  # sizes are checked on the finished file
        traced = torch.jit.trace(graph, images, check_trace=False)
        torch.jit.save(traced, path, _extra_files={KEY: description.to_json()})
