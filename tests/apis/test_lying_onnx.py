"""ONNX files that are not what their description says."""

import numpy as np
import pytest

pytest.importorskip('onnx')
from onnx_files import write  # noqa: E402


@pytest.mark.parametrize(
    'changes, said',
    [
        (dict(size=[40000, 40000]), 'size that is not two numbers of 1 to 2048'),
        (dict(output='maps'), r"outputs \['saliency'\].*got \['maps'\]"),
        (dict(stages=[1, 3], resize=False), r"outputs \['stage_1', 'stage_3'\]"),
        (dict(size=[9, 9]), r'take images of shape \(1, 9, 9, 3\)'),
        (dict(stages=[3]), r'1 stages at \(8, 8\).*\(1, 3, 8, 8\)'),
    ],
)
def test_a_lie_is_told_in_a_line(changes, said, tmp_path):
    from srm_mmseg.apis.onnx_backend import OnnxBackend

    path = write(tmp_path / 'a.onnx', **changes)
    with pytest.raises(ValueError, match=said):
        backend = OnnxBackend(path)
        backend(np.zeros((1, *backend.description.size, 3), np.uint8))


def test_what_tells_the_truth_runs(tmp_path):
    from srm_mmseg.apis.onnx_backend import OnnxBackend

    backend = OnnxBackend(write(tmp_path / 'a.onnx', stages=[1, 2, 3]))
    assert backend(np.ones((2, 8, 8, 3), np.uint8)).shape == (2, 3, 8, 8)
