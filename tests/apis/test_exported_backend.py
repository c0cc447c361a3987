import dataclasses

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from srm_mmseg.apis import SaliencyInferencer
from srm_mmseg.apis.exported_backend import ExportedBackend, check_images, maps_of_outputs
from srm_mmseg.export.description import Description

INSIDE = Description('srm', 'a.pth', (1, 2), (65, 97), True, True, True, True)


def test_leaves_finished_maps_alone():
    maps = np.random.default_rng(0).random((2, 2, 65, 97), dtype=np.float32)
    np.testing.assert_array_equal(maps_of_outputs([maps], INSIDE, (65, 97)), maps)


def test_does_what_was_left_out():
    outside = dataclasses.replace(INSIDE, softmax=False, resize=False)
    logits = [torch.randn(2, 1, 3, 4), torch.randn(2, 1, 5, 7) * 1000]
    expected = [
        F.interpolate(map_, (65, 97), mode='bilinear', align_corners=True).sigmoid()
        for map_ in logits
    ]
    found = maps_of_outputs([map_.numpy() for map_ in logits], outside, (65, 97))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[:, :1], expected[0].numpy(), atol=1e-6)
    np.testing.assert_allclose(found[:, 1:], expected[1].numpy(), atol=1e-3)


def test_probabilities_stay_below_one():
    rounded = np.nextafter(np.ones((1, 2, 65, 97), np.float32), np.float32(2))
    assert rounded.max() > 1 and maps_of_outputs([rounded], INSIDE, (65, 97)).max() == 1


@pytest.mark.parametrize(
    ('shape', 'dtype'),
    [((65, 97, 3), 'uint8'), ((1, 3, 65, 97), 'uint8'), ((1, 65, 97, 3), 'float32')],
)
def test_refuses_other_arrays(shape, dtype):
    with pytest.raises(ValueError, match='uint8, BGR, of shape N x H x W x 3, but got'):
        check_images(np.zeros(shape, dtype), INSIDE, 'a.onnx')


def test_refuses_another_size_for_a_file_of_one():
    fixed = dataclasses.replace(INSIDE, dynamic=False)
    check_images(np.zeros((3, 65, 97, 3), np.uint8), fixed, 'a.onnx')
    with pytest.raises(ValueError, match=r"'a.onnx' takes, but got \(97, 65\).*--dynamic"):
        check_images(np.zeros((3, 97, 65, 3), np.uint8), fixed, 'a.onnx')


@pytest.mark.parametrize('suffix', ['onnx', 'pt'])
def test_a_name_longer_than_names_can_be(suffix):
    with pytest.raises(FileNotFoundError, match='there is no such file'):
        SaliencyInferencer(f'{"x" * 300}.{suffix}')


def test_a_file_that_gives_no_numbers_is_named():
    class Damaged(ExportedBackend):
        path, description = 'a.onnx', INSIDE

        def outputs(self, images):
            return [np.full((len(images), 2, 65, 97), np.nan, np.float32)]

    with pytest.raises(ValueError, match="'a.onnx' gives NaN: the file is damaged"):
        Damaged()(np.zeros((1, 65, 97, 3), np.uint8))
