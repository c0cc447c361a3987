"""What int8 changes is measured on the user's photographs, and too much is refused."""

from argparse import Namespace

import numpy as np
import onnx
import onnx_files
import pytest
from onnx import numpy_helper
from PIL import Image

from srm_mmseg.apis.onnx_backend import OnnxBackend
from srm_mmseg.export.onnx_file import describe_onnx
from srm_mmseg.jobs.int8 import calibration_set, loss_fault, quantised, report

SIDE = 8


@pytest.fixture
def folder(tmp_path):
    """Photographs whose upper half is dark and lower half white, and masks of that half."""
    for name in ('photographs', 'masks'):
        (tmp_path / name).mkdir()
    for index in range(3):
        half = np.zeros((SIDE, SIDE), np.uint8)
        half[SIDE // 2 :] = 255
        Image.fromarray(np.stack(3 * [half], axis=2)).save(tmp_path / f'photographs/{index}.png')
        Image.fromarray(half).save(tmp_path / f'masks/{index}.png')
    return tmp_path


def scaled(path, factor):
    """Write a graph whose maps are an image's levels times a factor, /255."""
    model = onnx.load(onnx_files.write(path, stages=[1, 2, 3]))
    graph, cast = model.graph, model.graph.node[0]
    graph.initializer.append(numpy_helper.from_array(np.float32(factor / 255), 'factor'))
    cast.output[0] = 'levels'
    graph.node.insert(1, onnx.helper.make_node('Mul', ['levels', 'factor'], ['floats']))
    onnx.save(model, path)
    return path


def run(folder, factor, masks=True, force=False):
    """Let a factor stand for what quantisation changes."""
    source = scaled(folder / 'float.onnx', 1)
    seen = []

    def quantise(given, images, path, most):
        assert given == source and most == 0.003
        seen.append(images)
        scaled(path, factor)

    out = folder / 'int8.onnx'
    args = Namespace(most_loss=(0.005, 0.003), force=force, out=out)
    calibration = calibration_set(
        str(folder / 'photographs'), str(folder / 'masks') if masks else None
    )
    described = OnnxBackend(source).description
    found = quantised(args, calibration, source, described, quantise, describe_onnx, out)
    [images] = seen
    assert images.shape == (3, SIDE, SIDE, 3) and images.dtype == np.uint8 and images.max() == 255
    return found


def test_the_file_says_what_was_measured(folder):
    found = run(folder, 0.998)
    assert OnnxBackend(folder / 'int8.onnx').description == found
    assert found.int8['photographs'] == 3
    assert found.int8['mean_difference'] == pytest.approx(0.001, abs=1e-5)  # 0.002 of one half
    before, after = found.int8['MAE']
    assert before == 0 and 0 <= after < 0.003
    assert 'int8: 3 photographs, maps differ by 0.0010 on average, maxF_pr 1.0000 -> ' in report(
        found.int8
    )


@pytest.mark.parametrize('masks', [True, False])
def test_too_much_is_refused_unless_forced(folder, masks):
    with pytest.raises(ValueError, match='int8 to change little, but .*--force'):
        # The brightest level is stretched to white when maps are scored: half of them must differ.
        run(folder, -1, masks=masks)
    assert not (folder / 'int8.onnx').exists()
    found = run(folder, -1, masks=masks, force=True)
    assert OnnxBackend(folder / 'int8.onnx').description == found
    assert ('Sm' in found.int8) == masks


def test_without_masks_the_mean_difference_counts():
    measured = dict(photographs=1, mean_difference=0.004)
    assert loss_fault(measured, 1, 0.005) == ''
    assert 'differ by 0.0040 on average, above 0.003' in loss_fault(measured, 1, 0.003)


@pytest.mark.parametrize(
    ('sm', 'mae', 'refused'),
    [(0.896, 0.052, False), (0.894, 0.05, True), (0.9, 0.054, True), (0.95, 0.01, False)],
)
def test_either_loss_counts_and_a_gain_does_not(sm, mae, refused):
    measured = dict(photographs=1, mean_difference=0.1, Sm=[0.9, sm], MAE=[0.05, mae])
    assert bool(loss_fault(measured, 0.005, 0.003)) == refused


def test_photographs_and_masks_that_are_missing(folder):
    (folder / 'masks/1.png').unlink()
    with pytest.raises(ValueError, match=r"a mask in .*none for \['1'\]"):
        run(folder, 1)
    with pytest.raises(OSError, match='nowhere'):
        calibration_set(str(folder / 'nowhere'), None)
    (folder / 'empty').mkdir()
    with pytest.raises((OSError, ValueError), match='empty'):
        calibration_set(str(folder / 'empty'), None)


def test_few_photographs_are_told(folder, capsys):
    calibration_set(str(folder / 'photographs'), None)
    assert 'warning: 3 photographs are few to take ranges' in capsys.readouterr().out
