"""A run goes on where another stopped, and takes nothing that is not its own; no model is needed."""

import json
from itertools import islice

import cv2
import numpy as np
import pytest
from odd_images import noise
from PIL import Image

from srm_mmseg.apis import output_folder
from srm_mmseg.apis.backend import Backend
from srm_mmseg.apis.claims import PICTURES, claim, refuse
from srm_mmseg.apis.drawing import draw_images
from srm_mmseg.apis.inferencer import SaliencyInferencer
from srm_mmseg.apis.inputs import find
from srm_mmseg.apis.output_folder import OutputFolder
from srm_mmseg.saliency.encode import OPTIONS

MODEL = {'dtype': None, 'config': 'c', 'checkpoint': 'w'}


class Half(Backend):
    scale = (8, 6)

    def __call__(self, images):
        return np.full((len(images), 2, 3, 4), 0.5, np.float32)


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / 'photos'
    folder.mkdir()
    for index in range(6):
        Image.fromarray(noise(9, 7, index)).save(folder / f'{index}.png')
    return folder


def run(photos, out, kinds=('map',), stop=None, **settings):
    """Draw as the tool does, or stop after some images; returns the claim."""
    found = find([str(photos)])
    refuse(found, out, kinds)
    claimed = claim(found, out, kinds, MODEL, **settings)
    inferencer = SaliencyInferencer(Half(), batch_size=1)
    assert not list(draw_images(inferencer, claimed.images[:stop], claimed.folder))
    claimed.folder.save()
    return claimed


def drawn(claimed):
    return [source.name for source in claimed.images]


def test_goes_on_where_a_run_was_stopped(photos, tmp_path):
    out = tmp_path / 'out'
    assert drawn(run(photos, out, stop=4)) == list('012345')
    assert sorted(path.stem for path in (out / 'map').iterdir()) == list('0123')
    again = run(photos, out)
    assert drawn(again) == list('45') and again.skipped == 4
    assert drawn(run(photos, out)) == [] and len(list((out / 'map').iterdir())) == 6


def test_draws_again_what_changed_what_is_asked_for_and_what_is_gone(photos, tmp_path):
    out = tmp_path / 'out'
    run(photos, out)
    Image.fromarray(noise(5, 4)).save(photos / '2.png')
    (out / 'map/4.png').unlink()
    assert drawn(run(photos, out)) == list('24')
    assert Image.open(out / 'map/2.png').size == (5, 4)
    assert drawn(run(photos, out, ('map', 'cutout', 'stages'))) == list('012345')
    assert drawn(run(photos, out, overwrite=True)) == list('012345')
    assert not (out / 'cutout/0.png').exists()  # of the run before


def test_another_model_is_refused_until_it_overwrites(photos, tmp_path):
    out = tmp_path / 'out'
    run(photos, out)
    found, other = find([str(photos)]), {**MODEL, 'checkpoint': 'other'}
    with pytest.raises(ValueError, match='names another. Name another --out'):
        claim(found, out, ('map',), other)
    claimed = claim(found, out, ('map',), other, overwrite=True)
    assert drawn(claimed) == list('012345')
    assert json.loads((out / 'model.json').read_text())['model'] == other


def test_videos_have_kinds_of_their_own(tmp_path):
    (tmp_path / 'a.mp4').write_bytes(b'')
    found = find([str(tmp_path / 'a.mp4')])
    refuse(found, tmp_path / 'out', ('map', 'overlay'))
    with pytest.raises(ValueError, match='map and overlay for videos, but got cutout'):
        refuse(found, tmp_path / 'out', ('map', 'cutout'))


def test_outputs_among_the_inputs_are_refused_before_anything_is_written(photos, tmp_path):
    found = find([str(tmp_path)])
    with pytest.raises(ValueError, match='outside of the input'):
        refuse(found, tmp_path / 'photos/out', ('map',))
    assert not (tmp_path / 'photos/out').exists()


def test_a_photograph_is_decoded_once_for_all_its_pictures(photos, tmp_path, monkeypatch):
    found, kinds = find([str(photos)]), tuple(PICTURES)
    claimed = claim(found, tmp_path / 'out', kinds, MODEL)
    calls = []

    def counted(source):
        return source._replace(read=lambda: calls.append(source.name) or source.read())

    images = [counted(source) for source in claimed.images]
    assert not list(draw_images(SaliencyInferencer(Half()), images, claimed.folder))
    assert sorted(calls) == list('012345')
    for kind in kinds:
        assert len(list((tmp_path / 'out' / kind).iterdir())) == 6


def test_a_kind_may_have_a_format_of_its_own(photos, tmp_path, monkeypatch):
    """The change that docs/design.md places: cut-outs as WebP."""
    lossless = (cv2.IMWRITE_WEBP_QUALITY, 101)  # above 100
    monkeypatch.setitem(OPTIONS, '.webp', (lossless, lossless))
    monkeypatch.setattr(
        OutputFolder,
        'picture',
        lambda self, kind, name: (self.path / kind / name).with_suffix(
            '.webp' if kind == 'cutout' else '.png'
        ),
    )
    out = tmp_path / 'out'
    assert drawn(run(photos, out, ('map', 'cutout'))) == list('012345')
    cutout = Image.open(out / 'cutout/0.webp')
    assert cutout.format == 'WEBP' and cutout.mode == 'RGBA' and (out / 'map/0.png').exists()
    assert (np.asarray(cutout)[..., :3] == noise(9, 7, 0)).all()
    assert drawn(run(photos, out, ('map', 'cutout'))) == []


def test_failures_are_told_and_the_others_drawn(photos, tmp_path):
    (photos / '3.png').write_bytes(b'no image')
    claimed = claim(find([str(photos)]), tmp_path / 'out', ('map',), MODEL)
    failures = draw_images(SaliencyInferencer(Half()), claimed.images, claimed.folder)
    [message] = islice(failures, 9)
    assert '3.png' in message and len(list((tmp_path / 'out/map').iterdir())) == 5


def test_a_picture_has_its_name_in_one_place(photos, tmp_path, monkeypatch):
    """Another format of a kind is drawn, found again and kept out of the inputs."""
    monkeypatch.setattr(
        'srm_mmseg.apis.output_folder.picture_path',
        lambda out, kind, name: (out / kind / name).with_suffix('.webp'),
    )
    monkeypatch.setattr('srm_mmseg.apis.claims.picture_path', output_folder.picture_path)
    monkeypatch.setitem(OPTIONS, '.webp', ((), ()))
    out = tmp_path / 'out'
    assert len(drawn(run(photos, out))) == 6 and drawn(run(photos, out)) == []
    assert {path.suffix for path in (out / 'map').iterdir()} == {'.webp'}
    found = find([str(tmp_path / '*/*.png')])
    refuse(found, tmp_path / 'other', ('map',))
    with pytest.raises(ValueError, match='outside of the input'):
        found = found._replace(entered={str(tmp_path / '**/*.webp'): set()})
        refuse(found, tmp_path / 'other', ('map',))
