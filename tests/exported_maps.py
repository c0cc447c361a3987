"""Maps of a model that is written as ONNX and run by onnxruntime."""

from pathlib import Path

import numpy as np
import pytest
from torch import Tensor, nn

from srm_mmseg.apis.onnx_backend import OnnxBackend
from srm_mmseg.export.description import Description
from srm_mmseg.export.onnx_file import write_onnx
from srm_mmseg.saliency.saliency_graph import SaliencyGraph


def onnx_maps(model: nn.Module, images: Tensor, path: Path) -> np.ndarray:
    """Write a segmentor of three stages for these images' size, and compute the maps of all stages."""
    for package in ('onnx', 'onnxscript', 'onnxruntime'):
        pytest.importorskip(package, reason=f"needs {package}: pip install -e '.[export]'")
    description = Description(
        model='m', weights='w.pth', stages=(1, 2, 3), size=tuple(images.shape[1:3]), dynamic=False,
        softmax=True, resize=True, align_corners=False,
    )  # fmt: skip
    write_onnx(SaliencyGraph(model, (1, 2, 3)), images, description, path)
    [found] = OnnxBackend(path, 'cpu').outputs(images.numpy())
    return found
