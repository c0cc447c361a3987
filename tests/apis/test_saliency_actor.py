"""The work of a Ray worker, without Ray."""

import cv2
import numpy as np
import pytest
from brightness import Brightness
from helpers import refusing, run
from odd_images import noise
from PIL import Image

from srm_mmseg.apis import SaliencyInferencer
from srm_mmseg.apis.claims import PICTURES
from srm_mmseg.apis.saliency_actor import SaliencyActor
from srm_mmseg.saliency.encode import encode


@pytest.fixture
def paths(tmp_path):
    """Three photographs, of which the second is none, and a path without a file."""
    for index in (0, 1, 2):
        Image.fromarray(noise(9 + index, 7, index)).save(tmp_path / f'{index}.png')
    (tmp_path / '1.png').write_bytes(b'no image')
    return np.array([str(tmp_path / f'{index}.png') for index in range(4)], object)


def content(path):
    with open(path, 'rb') as file:
        return file.read()


@pytest.mark.parametrize('kind', PICTURES)
def test_pictures_are_those_of_infer_and_no_row_is_lost(paths, kind):
    actor = SaliencyActor(kind, config=Brightness(), batch_size=2)
    found = actor({'id': np.array([7, 8, 9, 6]), 'path': paths})
    assert list(found) == ['id', 'path', kind, 'error'] and list(found['id']) == [7, 8, 9, 6]
    assert list(found['path']) == list(paths)
    inferencer = SaliencyInferencer(Brightness())
    for index in (0, 2):
        [result] = inferencer(paths[index], stages=True)
        assert found[kind][index] == encode(PICTURES[kind](result)) and found['error'][index] == ''
    for index, reason in ((1, 'cannot be decoded'), (3, 'no such file')):
        assert found[kind][index] == b'' and reason in found['error'][index]
        assert paths[index] in found['error'][index]


def test_bytes_go_before_paths_and_are_not_kept(paths):
    actor = SaliencyActor(config=Brightness())
    of_files = actor({'path': paths[:3]})
    given = np.array([content(path) for path in paths[:3]], object)
    found = actor({'bytes': given, 'path': paths[:3]})
    assert list(found) == ['path', 'map', 'error']
    assert list(found['map']) == list(of_files['map'])
    assert list(found['error']) == list(of_files['error'])
    unnamed = actor({'bytes': given})
    assert list(unnamed) == ['map', 'error'] and list(unnamed['map']) == list(found['map'])
    assert "got '1', which" in unnamed['error'][1]
    levels = cv2.imdecode(np.frombuffer(found['map'][2], np.uint8), cv2.IMREAD_UNCHANGED)
    assert levels.shape == noise(11, 7).shape[:2] and levels.dtype == np.uint8


def test_a_picture_above_the_limit_is_told(paths, monkeypatch):
    monkeypatch.setenv('SRM_IMAGE_GIB', '1e-7')
    found = SaliencyActor(config=Brightness())({'bytes': [content(paths[0])], 'path': ['a.png']})
    assert found['map'][0] == b'' and 'SRM_IMAGE_GIB=1' in found['error'][0]


def test_the_model_is_opened_once(paths):
    actor = SaliencyActor(config=Brightness(), batch_size=4)
    inferencer = actor.inferencer
    for _ in range(2):
        actor({'path': paths[:1]})
    assert actor.inferencer is inferencer and inferencer.backend.batches == [1, 1]


def test_no_rows():
    found = SaliencyActor(config=Brightness())({'path': np.array([], object)})
    assert {name: len(column) for name, column in found.items()} == dict(path=0, map=0, error=0)


def test_what_is_refused():
    with pytest.raises(ValueError, match="kind out of map, .* but got 'maps'"):
        SaliencyActor('maps', config=Brightness())
    with pytest.raises(ValueError, match="'bytes' or 'path', but got image"):
        SaliencyActor(config=Brightness())({'image': np.array(['a'])})
    with pytest.raises(ValueError, match='batch_size to be 1 or more'):
        SaliencyActor(batch_size=0)


def test_the_box_runs_without_ray_toolbox_and_torch(paths):
    code = f"""{refusing('ray', 'mmseg', 'mmcv', 'mmengine', 'torch')}
from srm_mmseg.apis.saliency_actor import SaliencyActor
print(SaliencyActor()({{'path': [{paths[0]!r}]}})['map'][0][1:4])
"""
    assert run('python', '-c', code).stdout.strip() == "b'PNG'"
