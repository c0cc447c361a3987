from types import SimpleNamespace
from unittest.mock import Mock

import numpy as np
import torch
from helpers import samples
from mmengine.structures import PixelData
from PIL import Image

from srm_mmseg.engine.hooks.save_overlays_hook import SaveOverlaysHook


def predicted(path):
    """A sample whose upper half is salient."""
    [sample] = samples(torch.zeros(1, 4, 6, dtype=torch.long))
    sample.set_metainfo(dict(img_path=str(path), dataset_name='set', stem='a/b'))
    sample.seg_logits = PixelData(data=torch.zeros(2, 4, 6))
    sample.seg_logits.data[1, :2], sample.seg_logits.data[1, 2:] = 50, -50
    return sample


def test_the_object_is_red_and_the_rest_darker(tmp_path):
    Image.new('RGB', (6, 4), (100, 100, 100)).save(tmp_path / 'photo.png')
    window = Mock()
    hook = SaveOverlaysHook(str(tmp_path / 'out'), show=True, wait_time=3)
    runner = SimpleNamespace(visualizer=window)
    hook.after_test_iter(runner, 0, outputs=[predicted(tmp_path / 'photo.png')])
    picture = np.asarray(Image.open(tmp_path / 'out/set/a/b.png'))
    assert picture.shape == (4, 6, 3)
    assert (picture[:2] == (178, 70, 70)).all() and (picture[2:] == 50).all()
    (shown, name), settings = window.show.call_args
    assert (shown == picture).all() and name == 'a/b' and settings == dict(wait_time=3)


def test_a_window_alone_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.new('RGB', (6, 4)).save('photo.png')
    SaveOverlaysHook().after_test_iter(Mock(), 0, outputs=[predicted('photo.png')])
    assert [path.name for path in tmp_path.iterdir()] == ['photo.png']
