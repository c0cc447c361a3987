import math

from helpers import REPO, build
from mmengine.config import Config

from srm_mmseg.caffe.released_layers import (
    first_difference,
    imagenet_trunk,
    refinement_key,
    released_network,
)


def test_numbers_of_the_release():
    blobs = [blob for blobs in released_network().values() for blob in blobs]
    assert sum(math.prod(blob.shape) for blob in blobs) == 53_251_077
    statistics = [b for b in blobs if not b.key or 'running' in b.key]
    assert sum(math.prod(blob.shape) for blob in statistics) == 72_551


def test_every_number_has_one_place_in_the_model():
    config = Config.fromfile(REPO / 'configs/srm_preact-r50_duts.py').model
    state_dict = build(config).state_dict()
    keys = [b.key for blobs in released_network().values() for b in blobs if b.key]
    assert len(keys) == len(set(keys))
    assert set(keys) == {key for key in state_dict if 'num_batches_tracked' not in key}
    for blobs in released_network().values():
        assert all(state_dict[key].shape == shape for key, shape in blobs if key)


def test_the_refinement_trunk_has_all_but_the_last_layer_of_the_master():
    keys = [b.key for blobs in imagenet_trunk().values() for b in blobs if b.key]
    copies = [refinement_key(key) for key in keys if refinement_key(key)]
    of_refinement = [
        b.key for blobs in released_network().values() for b in blobs if 'refinement.' in b.key
    ]
    assert sorted(copies) == sorted(of_refinement)
    assert refinement_key('backbone.master.layers.3.0.conv1.weight') is None


def test_the_first_difference():
    network = released_network()
    found = {name: [blob.shape for blob in blobs] for name, blobs in network.items()}
    assert first_difference(found, network) is None
    found['conv6'] = [(21, 256, 1, 1), (21,)]
    del found['combine-stage23-cls2']
    assert "'conv6' with blobs of shape [(2, 256, 1, 1), (2,)], but got [(21," in first_difference(
        found, network
    )
    del found['conv1']
    assert "the layer 'conv1'" in first_difference(found, network)
