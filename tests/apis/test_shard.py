"""Parts of the inputs: together they are all, and no file moves from one to another."""

import argparse
import os

import numpy as np
import pytest

from srm_mmseg.apis.claims import claim, picture_names, refuse
from srm_mmseg.apis.inputs import find
from srm_mmseg.apis.output_note import read_note
from srm_mmseg.apis.shard import Shard, shard

NAMES = [f'{index}.jpg' for index in range(30)]
MODEL = {'dtype': None, 'config': 'c', 'checkpoint': 'w'}


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.fsencode(name))
    return folder


def parts(folder, count):
    found = find([str(folder)])
    return found, [Shard(index, count).of(found) for index in range(count)]


def test_parts_are_all_inputs_and_no_input_twice(tmp_path):
    folder = touch(tmp_path, *NAMES, 'deep/0.jpg', 'clip.mp4', 'deep/clip.avi', 'caf\udce9.png')
    for count in (1, 2, 3, 7, 100):
        found, each = parts(folder, count)
        images = [one.origin for part in each for one in part.images]
        videos = [origin for part in each for _, origin in part.videos]
        assert sorted(images) == sorted(one.origin for one in found.images) and len(images) == 32
        assert sorted(videos) == sorted(origin for _, origin in found.videos) and len(videos) == 2
    assert sum(part.is_empty() for part in each) > 50


def test_parts_are_about_as_large_as_each_other():
    for count in (2, 8, 64):
        sizes = [sum(Shard(i, count).has(f'{n:08}.jpg') for n in range(6400)) for i in range(count)]
        assert sum(sizes) == 6400
        mean = 6400 / count
        assert np.abs(np.array(sizes) - mean).max() < 4 * mean**0.5


def test_a_file_stays_in_its_part_whatever_is_beside_it(tmp_path):
    """Shards start at different times: a file that came meanwhile must move no other."""
    before = parts(touch(tmp_path, *NAMES), 4)[1]
    after = parts(touch(tmp_path, 'new.jpg', '00.jpg', *(f'{n}.png' for n in range(9))), 4)[1]
    for old, new in zip(before, after):
        assert {one.origin for one in old.images} <= {one.origin for one in new.images}


def test_where_the_folder_is_does_not_count(tmp_path):
    here = parts(touch(tmp_path / 'a', *NAMES), 3)[1]
    there = parts(touch(tmp_path / 'b/c', *NAMES), 3)[1]
    assert [[one.name for one in part.images] for part in here] == [
        [one.name for one in part.images] for part in there
    ]


def test_names_are_those_of_a_whole_run(tmp_path):
    """Files that differ in the suffix alone keep it, though each is alone in its part."""
    found, each = parts(touch(tmp_path, 'a.jpg', 'a.png', 'b.jpg'), 50)
    assert max(len(part.images) for part in each) == 1
    names = [one.name for part in each for one in part.images]
    assert sorted(names) == sorted(one.name for one in found.images) == ['a.jpg', 'a.png', 'b']


def test_a_part_claims_its_own_inputs_alone(tmp_path):
    photos, out = touch(tmp_path / 'photos', *NAMES), tmp_path / 'out'
    found = find([str(photos)])
    refuse(found, out, ('map',))
    claimed = [claim(found, out, ('map',), MODEL, shard=Shard(index, 3)) for index in range(3)]
    names = [{f'{one.name}.png' for one in part.images} for part in claimed]
    assert [set(part.folder._known) for part in claimed] == names
    claimed[0].folder.withdraw()
    assert read_note(out / 'model.json').sources.keys() == names[1] | names[2]
    for part in claimed[1:]:
        part.folder.withdraw()
    assert not [path for path in out.iterdir() if path.name[0] != '.']


def test_overwriting_removes_no_pictures_of_other_parts(tmp_path):
    photos, out = touch(tmp_path / 'photos', *NAMES), tmp_path / 'out'
    found = find([str(photos)])
    touch(out / 'map', *picture_names(found))
    claimed = claim(found, out, ('map',), MODEL, overwrite=True, shard=Shard(1, 3))
    left = {path.name for path in (out / 'map').iterdir()}
    assert left == picture_names(found).keys() - {f'{one.name}.png' for one in claimed.images}
    assert len(left) > 10


@pytest.mark.parametrize(
    'text',
    ['', '/', '1', '8/8', '9/8', '-1/8', '0/0', '1/x', '0/8/2', ' 0/8', '/8', '٣/8', '1.0/2'],
)
def test_what_is_no_part(text):
    with pytest.raises(argparse.ArgumentTypeError) as error:
        shard(text)
    assert 'I/N with I from 0 to N-1' in str(error.value) and repr(text) in str(error.value)


def test_a_part_is_read_and_printed():
    assert shard('0/1') == Shard() and shard('7/8') == Shard(7, 8) and str(shard('07/8')) == '7/8'
