import re

import cv2
import numpy as np
import pytest
import torch
from caffe_files import FACTOR, layer, random_layers, write
from helpers import REPO, build, run
from mmengine.config import Config

from srm_mmseg.caffe.released_layers import imagenet_trunk, released_network


def convert(*args, check=True):
    return run('python', 'tools/convert_caffe.py', *args, check=check)


def released_model():
    return build(Config.fromfile(REPO / 'configs/srm_preact-r50_duts.py').model)


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp('caffe')


@pytest.fixture(scope='module')
def released(folder):
    """A file as the authors', with random numbers; its layers, and what the tool said of it."""
    layers = random_layers(released_network())
    write(folder / 's.caffemodel', layers)
    return layers, convert(folder / 's.caffemodel', folder / 's.pth')


def test_every_number_arrives(released, folder):
    layers, done = released
    assert '297 read, 296 with numbers mapped, left over: none' in done.stdout
    assert 'numbers: 53,251,077, each mapped once' in done.stdout
    assert '213M/213M' in done.stderr
    checkpoint = torch.load(folder / 's.pth', weights_only=True)
    model = released_model()
    model.load_state_dict(checkpoint['state_dict'], strict=True)
    state_dict = model.state_dict()
    for name, blobs in released_network().items():
        for (key, _), numbers in zip(blobs, layers[name]):
            if 'running' in key:
                numbers = numbers / FACTOR
            if key:
                np.testing.assert_allclose(state_dict[key].numpy(), numbers, rtol=1e-6, err_msg=key)
    assert checkpoint['meta']['network'] == 'SRM, T = 3'
    assert checkpoint['meta']['source'] == 's.caffemodel'
    assert checkpoint['meta']['dataset_meta']['classes'] == ('background', 'salient')


def test_counts_as_in_caffe_and_back(released, folder):
    model = released_model()
    stored = torch.load(folder / 's.pth', weights_only=True)['state_dict']
    model.load_state_dict(stored, strict=True)
    assert sum(parameter.numel() for parameter in model.parameters()) == 53_178_526
    statistics = {k: v for k, v in model.named_buffers() if 'running' in k}
    factors = sum(key.endswith('running_mean') for key in statistics)
    assert sum(numbers.numel() for numbers in statistics.values()) + factors == 72_551
    back = model.state_dict()
    assert back.keys() == stored.keys()
    assert all(torch.equal(back[key], stored[key]) for key in stored)


def test_memory_and_time_are_reported(released):
    seconds, peak = re.search(r'([\d.]+) s, ([\d.]+) GiB of memory', released[1].stdout).groups()
    assert 0 < float(seconds) < 60 and 0.2 < float(peak) < 1.2


def test_imagenet_trunk_starts_both(folder):
    layers = random_layers(imagenet_trunk())
    layers['score'] = [np.ones((10, 2048), np.float32), np.ones(10, np.float32)]
    write(folder / 'trunk.caffemodel', layers)
    done = convert(folder / 'trunk.caffemodel', folder / 'trunk.pth')
    assert 'left over: score' in done.stdout and 'for both trunks' in done.stdout
    model = released_model()
    missing, unexpected = model.load_state_dict(
        torch.load(folder / 'trunk.pth', weights_only=True)['state_dict'], strict=False
    )
    assert not unexpected and missing and all(not key.startswith('backbone') for key in missing)
    conv1 = torch.from_numpy(layers['conv1'][0])
    assert torch.equal(model.backbone.master.conv1.weight, conv1)
    assert torch.equal(model.backbone.refinement.conv1.weight, conv1)


def refusal(path, folder):
    out = folder / 'refused.pth'
    done = convert(path, out, check=False)
    assert done.returncode == 1 and 'Traceback' not in done.stderr
    assert not out.exists() and not list(folder.glob('*.part'))
    return done.stderr


def test_another_network(folder):
    path = write(folder / 'vgg.caffemodel', {'conv1_1': [np.ones((64, 3, 3, 3), np.float32)]})
    assert "the layer 'data_bn' with blobs" in refusal(path, folder)


@pytest.mark.parametrize('change', ['missing', 'shape', 'extra'])
def test_almost_the_released_network(change, released, folder):
    layers = dict(released[0])
    if change == 'missing':
        del layers['conv6']
        expected = "the layer 'conv6' with blobs of shape [(2, 256, 1, 1), (2,)]"
    elif change == 'shape':
        layers['conv5_4'] = [np.ones((128, 2048, 3, 3), np.float32)]
        expected = "'conv5_4' with blobs of shape [(256, 2048, 3, 3)], but got [(128, 2048, 3, 3)]"
    else:
        layers['conv2_3-stage4'] = [np.ones((2, 2, 3, 3), np.float32)]
        expected = "no other layer like 'conv2_3-stage4' with blobs of shape [(2, 2, 3, 3)]"
    path = write(folder / 'almost.caffemodel', layers)
    error = refusal(path, folder)
    assert 'to be the released SRM' in error and expected in error


def test_truncated_and_doubled(released, folder):
    whole = (folder / 's.caffemodel').read_bytes()
    path = folder / 'cut.caffemodel'
    path.write_bytes(whole[:100_000_000])
    assert "cut.caffemodel': it ends" in refusal(path, folder)
    path.write_bytes(whole + layer('conv6'))
    assert 'each layer once in' in refusal(path, folder)
    assert 'No such file' in refusal(folder / 'none.caffemodel', folder)
    path.write_bytes(whole + bytes(4096))
    assert 'a field has the number 0' in refusal(path, folder)


@pytest.mark.parametrize('beyond', [{}, {'layer_256_7_conv1': (256, 1024, 1, 1)}])
def test_a_trunk_alone_or_a_deeper_one(beyond, folder):
    layers = random_layers(imagenet_trunk())
    layers |= {name: [np.ones(shape, np.float32)] for name, shape in beyond.items()}
    error = refusal(write(folder / 'trunk.caffemodel', layers), folder)
    assert (f'no other layer like {[*beyond][0]!r}' if beyond else 'a classifier') in error


@pytest.mark.parametrize('blob, value', [(1, -1), (2, 1e-44)])
def test_impossible_statistics(blob, value, folder):
    layers = random_layers(imagenet_trunk())
    layers['score'] = [np.ones((10, 2048), np.float32)]
    layers['last_bn'][blob].flat[0] = value
    error = refusal(write(folder / 'trunk.caffemodel', layers), folder)
    assert "trunk.caffemodel': 'last_bn' has statistics" in error


def test_the_source_stays(folder):
    path = write(folder / 'kept.caffemodel', {})
    done = convert(path, path, check=False)
    assert done.returncode == 1 and 'to be another file than' in done.stderr


def test_computes_what_caffe_does(shared, folder):
    seed = 20170829
    path = folder / 'oracle.caffemodel'
    run('python', shared / 'caffe/synthetic_caffemodel.py', path, '--seed', seed)
    convert(path, folder / 'oracle.pth')
    model = released_model().eval()
    model.load_state_dict(torch.load(folder / 'oracle.pth', weights_only=True)['state_dict'])
    image = cv2.imread(str(shared / 'caffe/image.png'))
    data = dict(inputs=[torch.from_numpy(image.transpose(2, 0, 1))], data_samples=None)
    expected = np.load(shared / f'caffe/expected_{seed}.npz')
    with torch.no_grad():
        inputs = model.data_preprocessor(data)['inputs']
        stages = model.decode_head(model.extract_feat(inputs))
        logits = model(inputs, mode='predict')[0].seg_logits.data
    for stage, key in zip(stages, ('s1', 's2', 's3')):
        np.testing.assert_allclose(stage[0], expected[key], atol=1e-4)
    np.testing.assert_allclose(logits.softmax(0)[1], expected['prob'], atol=1e-4)
