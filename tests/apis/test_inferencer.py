import os
import pickle
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pickle import UnpicklingError

import numpy as np
import pytest
import torch
from helpers import run
from mmseg.apis import inference_model, init_model
from odd_images import noise, write_broken_images, write_odd_images
from PIL import Image

from srm_mmseg.apis import Failure, Saliency, SaliencyInferencer
from srm_mmseg.apis.ordered import mapped
from srm_mmseg.saliency.map_tensors import saliency_of


@pytest.fixture(scope='module')
def model(trained, tiny_config):
    return SaliencyInferencer(tiny_config, trained / 'epoch_2.pth', batch_size=1)


def test_many_in_order_and_in_batches(inferencer):
    images = [np.full((3 + index, 5, 3), 10 * index, np.uint8) for index in range(10)]
    results = list(inferencer(iter(images), stages=True))
    assert [result.name for result in results] == [str(index) for index in range(10)]
    for index, result in enumerate(results):
        assert result.map.shape == (3 + index, 5) and result.map.dtype == np.float32
        assert (result.levels() == 10 * index).all()
        assert np.allclose(result.stages[0], 1 - result.map) and len(result.stages) == 2
    assert inferencer.backend.batches == [4, 4, 2]


def test_inputs_are_drawn_as_results_are_taken(inferencer):
    drawn = []

    def endless():
        while True:
            drawn.append(1)
            yield noise(4, 4)

    others = set(threading.enumerate())
    stream = inferencer(endless())
    for _ in range(20):
        next(stream)
    assert len(drawn) < 20 + 4 * 4 + 4 * os.cpu_count()
    stream.close()
    assert set(threading.enumerate()) <= others


def test_failures_take_their_place_or_end_the_stream(inferencer, tmp_path):
    write_odd_images(tmp_path)
    write_broken_images(tmp_path)
    results = list(inferencer(tmp_path, raise_errors=False))
    failed = [os.path.basename(one.source.origin) for one in results if isinstance(one, Failure)]
    assert failed == ['empty.jpg', 'link.jpg', 'text.jpg', 'truncated.jpg', 'x.png']
    assert sum(isinstance(one, Saliency) for one in results) == 7
    with pytest.raises(ValueError, match='empty.jpg.*it is empty'):
        list(inferencer(tmp_path))


def test_pictures(inferencer):
    image = np.zeros((300, 2000, 3), np.uint8)
    image[:, 1000:] = (255, 100, 50)
    (result,) = inferencer(Image.fromarray(image), stages=True)
    cutout, overlay = result.cutout(), result.overlay()
    assert (cutout[..., :3] == image).all() and (cutout[..., 3] == result.levels()).all()
    assert (overlay[:, 0] == 0).all() and (overlay[:, -1] == (255, 70, 45)).all()
    strip = result.strip()
    assert strip.shape == (96, 4 * 640, 3)
    assert (strip[50, [0, 639, 640, 1279, 1280, 1919], 0] == [0, 255, 255, 0, 0, 255]).all()
    assert (strip[[0, 0, 8, 8], [1920, 1928, 1920, 1928]] == [[255], [204], [204], [255]]).all()
    assert (strip[50, -1] == (255, 100, 50)).all()
    with pytest.raises(ValueError, match='stages=True'):
        next(inferencer(image)).strip()


@pytest.mark.parametrize('given', ['file', 'array', 'PIL image'])
def test_a_picture_that_was_cut_out_already(inferencer, tmp_path, given):
    image = np.zeros((30, 60, 4), np.uint8)
    image[..., 0] = 200  # red, which is the map
    image[:, 20:40, 3], image[:, 40:, 3] = 100, 255
    Image.fromarray(image).save(tmp_path / 'a.png')
    inputs = dict(zip(('file', 'array', 'PIL image'), (tmp_path, image, Image.fromarray(image))))
    (result,) = inferencer(inputs[given], stages=True)
    levels, cutout = result.levels(), result.cutout()
    # The map is the network's own, of the picture on white.
    assert levels[0, 0] == 255 and levels[0, -1] == 200 and abs(levels[0, 30] - 233.0) <= 1
    assert (cutout[..., 3] == np.minimum(levels, image[..., 3])).all()
    assert (cutout[..., :3] == image[..., :3]).all()
    assert (result.image[:, :20] == 255).all() and result.image.shape == (30, 60, 3)
    assert (result.overlay()[0, 0] == (255, 147, 147)).all()
    assert (result.strip()[:, :20] == 255).all()


def test_hidden_colours_are_not_seen(inferencer):
    image, other = (np.dstack([noise(9, 8, seed), np.zeros((8, 9), np.uint8)]) for seed in (0, 1))
    first, second = inferencer([image, other], stages=True)
    for draw in (Saliency.levels, Saliency.overlay, Saliency.strip):
        assert (draw(first) == draw(second)).all()
    assert not first.cutout()[..., 3].any() and not second.cutout()[..., 3].any()


def test_an_image_is_decoded_once_for_several_pictures(inferencer, tmp_path):
    Image.fromarray(noise(5, 4)).save(tmp_path / 'a.png')
    (result,) = inferencer(tmp_path, stages=True)
    assert (result.cutout()[..., :3] == noise(5, 4)).all()
    (tmp_path / 'a.png').unlink()
    assert result.overlay().shape == (4, 5, 3) and (result.image == noise(5, 4)).all()
    assert (result.strip()[:, :5] == noise(5, 4)).all()


def test_images_are_held_where_they_are_small(inferencer, tmp_path, monkeypatch):
    for name, side in (('large', 40), ('small', 20)):
        Image.fromarray(noise(side, side)).save(tmp_path / f'{name}.png')
    # 4 images a batch: held are those of a share of half of the limit.
    share = 2 * (os.cpu_count() + 16) * 3 * 30**2
    monkeypatch.setenv('SRM_IMAGE_GIB', str(share / 2**30))
    large, small = inferencer(tmp_path, images=True)
    for path in tmp_path.iterdir():
        path.unlink()
    assert (small.image == noise(20, 20)).all()
    with pytest.raises(FileNotFoundError):
        large.cutout()


def test_an_image_that_changed_since(inferencer, tmp_path):
    Image.fromarray(noise(5, 4)).save(tmp_path / 'a.png')
    (result,) = inferencer(tmp_path)
    Image.fromarray(noise(6, 4)).save(tmp_path / 'a.png')
    with pytest.raises(ValueError, match='a.png to stay as it was'):
        result.cutout()


def test_an_image_of_the_same_size_that_changed_since(inferencer, tmp_path):
    Image.fromarray(noise(5, 4)).save(tmp_path / 'a.bmp')
    (result,) = inferencer(tmp_path)
    Image.fromarray(noise(5, 4, seed=1)).save(tmp_path / 'a.bmp')
    os.utime(tmp_path / 'a.bmp', (1e9, 1e9))
    with pytest.raises(ValueError, match='a.bmp to stay as it was'):
        result.overlay()


def test_needs_neither_toolbox_nor_torch():
    code = (
        'import sys; sys.modules.update(dict.fromkeys(("mmseg", "mmcv", "mmengine", "torch")))\n'
        'import numpy as np\n'
        'from srm_mmseg.apis import SaliencyInferencer\n'
        'from srm_mmseg.apis.backend import Backend\n'
        'class Half(Backend):\n'
        '    scale = (4, 4)\n'
        '    def __call__(self, images): return np.full((len(images), 1, 2, 2), 0.5)\n'
        'print([one.map.mean() for one in SaliencyInferencer.of(Half())(np.zeros((9, 7), "u1"))])'
    )
    assert '0.5' in run('python', '-c', code).stdout


def test_missing_onnxruntime_tells_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, 'onnxruntime', None)
    monkeypatch.delitem(sys.modules, 'srm_mmseg.apis.onnx_backend', raising=False)
    with pytest.raises(ImportError, match='pip install onnxruntime'):
        SaliencyInferencer('srm.onnx')


def test_map_is_the_toolbox_prediction(model, trained, tiny_config, toy_data):
    path = toy_data / 'toy/DUTS-TE/DUTS-TE-Image/00000.jpg'
    segmentor = init_model(str(tiny_config), str(trained / 'epoch_2.pth'), device='cpu')
    (result,) = model(path, stages=True)
    for stage in (0, 1, 2):
        segmentor.test_cfg.stage = stage
        expected = saliency_of(inference_model(segmentor, str(path)).to_dict())
        assert (np.rint(result.stages[stage] * 255) == expected).all(), stage
    assert (result.levels() == expected).all()
    (alone,) = model(path)
    np.testing.assert_array_equal(alone.map, result.map)


def test_each_stage_is_resized_once(inferencer, monkeypatch):
    calls = []
    maps = inferencer.backend.maps
    monkeypatch.setattr(
        inferencer.backend, 'maps', lambda *arguments: calls.append(arguments) or maps(*arguments)
    )
    (result,) = inferencer(np.full((5, 4), 70, np.uint8), stages=True)
    assert len(calls) == 1 and (result.map == result.stages[-1]).all()


def test_the_final_map_is_of_the_stage_that_the_backend_chooses(inferencer, monkeypatch):
    monkeypatch.setattr(inferencer.backend, 'stage', 0)
    image = np.full((5, 4), 70, np.uint8)
    for stages in (False, True):
        (result,) = inferencer(image, stages=stages)
        assert (result.levels() == 255 - 70).all()


@pytest.mark.parametrize('dtype, difference', [('float32', 1e-4), (torch.bfloat16, 0.05)])
def test_fast_forms_agree(model, trained, tiny_config, toy_data, dtype, difference):
    fast = SaliencyInferencer(tiny_config, trained / 'epoch_2.pth', dtype=dtype)
    folder = toy_data / 'toy/DUTS-TE/DUTS-TE-Image'
    for plain, quick in zip(model(folder), fast(folder), strict=True):
        assert plain.name == quick.name
        assert np.abs(plain.map - quick.map).max() < difference


class Evil:
    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return os.system, (f'touch {self.trace}',)


@pytest.mark.parametrize(
    'save', [torch.save, lambda evil, path: path.write_bytes(pickle.dumps(evil))]
)
def test_a_malicious_pickle_does_not_run(tiny_config, tmp_path, save):
    path, trace = tmp_path / 'evil.pth', tmp_path / 'trace'
    save(dict(state_dict=Evil(trace)), path)
    with pytest.raises(UnpicklingError, match='Refused to load.*evil.pth'):
        SaliencyInferencer(tiny_config, path)
    assert not trace.exists()


def test_what_does_not_fit(tiny_config, trained, tmp_path):
    weights = trained / 'epoch_2.pth'
    with pytest.raises(FileNotFoundError, match='gone.pth'):
        SaliencyInferencer(tiny_config, tmp_path / 'gone.pth')
    torch.save(dict(state_dict={}), tmp_path / 'none.pth')
    with pytest.raises(ValueError, match='none.pth.*do not fit'):
        SaliencyInferencer(tiny_config, tmp_path / 'none.pth')
    with pytest.raises(ValueError, match="bfloat16.*but got 'int8'"):
        SaliencyInferencer(tiny_config, weights, dtype='int8')
    with pytest.raises(ValueError, match="Expected device to be .*, but got 'gpu'"):
        SaliencyInferencer(tiny_config, weights, device='gpu')
    with pytest.raises(ValueError, match="Expected device to be .*, but got 'cuda:99'"):
        SaliencyInferencer(tiny_config, weights, device='cuda:99')
    with pytest.raises(ValueError, match='batch_size to be 1 or more, but got 0'):
        SaliencyInferencer(tiny_config, weights, batch_size=0)
    (tmp_path / 'ratio.py').write_text(
        f'_base_ = {str(tiny_config)!r}\n'
        'test_pipeline = _base_.test_pipeline\ntest_pipeline[1].keep_ratio = True\n'
        'test_dataloader = dict(dataset=dict(pipeline=test_pipeline))\n'
    )
    with pytest.raises(ValueError, match="Expected the test's pipeline.*keep_ratio"):
        SaliencyInferencer(tmp_path / 'ratio.py', weights)
    (tmp_path / 'none.py').write_text("model = dict(type='EncoderDecoder')\n")
    with pytest.raises(ValueError, match="Expected the test's pipeline"):
        SaliencyInferencer(tmp_path / 'none.py', weights)


def test_mapped_raises_in_place():
    with ThreadPoolExecutor(2) as pool:
        results = mapped(pool, lambda item: 6 // item, [3, 2, 0, 1], ahead=3)
        assert [next(results), next(results)] == [2, 3]
        with pytest.raises(ZeroDivisionError):
            next(results)
