"""Who drew what, of which file, whatever happens in between."""

import errno
import json
import os
import re

import pytest
from drawn_folders import KINDS, MODEL, contents, draw, note, opened

from srm_mmseg.apis import output_folder, output_note
from srm_mmseg.apis.output_folder import OutputError, OutputFolder


def replace(path, text, how):
    """Put another content at a path, older, of the same time, or touched only."""
    before = os.stat(path)
    if how == 'moved from elsewhere':
        with open(f'{path}.new', 'w') as file:
            file.write(text)
        os.utime(f'{path}.new', (1e9, 1e9))
        os.replace(f'{path}.new', path)
        return
    with open(path, 'w') as file:
        file.write(text)
    times = {'older': (1e9, 1e9), 'same time': (before.st_atime, before.st_mtime)}
    os.utime(path, times.get(how))


@pytest.mark.parametrize('text', ['A' * 5, 'longer than before'])
@pytest.mark.parametrize('how', ['older', 'same time', 'now', 'moved from elsewhere'])
def test_what_was_replaced_is_drawn_anew(photos, out, text, how):
    assert draw(opened(out), photos) == list(photos)
    assert draw(opened(out), photos) == []
    replace(photos['b.png'], text, how)
    assert draw(opened(out), photos) == ['b.png']
    assert (out / 'map/b.png').read_text() == f'map{text}'
    assert draw(opened(out), photos) == []


def test_a_link_that_leads_to_another_file_is_drawn_anew(photos, out, tmp_path):
    path = photos['b.png']
    draw(opened(out), photos)
    for target, link in (('c', os.symlink), ('other', os.symlink), ('third', os.link)):
        if target != 'c':
            (tmp_path / 'in' / target).write_text(target)
        os.remove(path)
        link(tmp_path / 'in' / target, path)
        assert draw(opened(out), photos) == ['b.png']
        assert (out / 'map/b.png').read_bytes() == b'map' + contents(path)
        assert draw(opened(out), photos) == []


def test_a_folder_that_is_reached_by_a_link_is_the_same(photos, out, tmp_path):
    draw(opened(out), photos)
    (tmp_path / 'linked').symlink_to('in')
    linked = {name: str(tmp_path / 'linked' / name[0]) for name in photos}
    assert draw(opened(out), linked) == []


def test_the_note_has_size_time_and_digest(photos, out):
    draw(opened(out), photos)
    path = photos['a.png']
    assert note(out)['sources']['a.png'] == {
        'path': path,
        'size': 5,
        'time': os.stat(path).st_mtime_ns,
        # sha256sum of aaaaa
        'sha256': 'ed968e840d10d2d313a870bc131a4e2c311d7ad09bdf32b3418147221f51a6e2',
    }


def test_a_file_that_was_only_touched_is_done(photos, out):
    draw(opened(out), photos)
    for path in photos.values():
        os.utime(path, (2e9, 2e9))
    assert draw(opened(out), photos) == []


def test_pictures_of_other_kinds_do_not_outlive_their_file(photos, out):
    draw(opened(out, KINDS), photos)
    replace(photos['b.png'], 'BBBBB', 'older')
    assert draw(opened(out, ('cutout',)), photos) == ['b.png']
    assert not (out / 'map/b.png').exists() and (out / 'map/a.png').exists()
    assert draw(opened(out), photos) == ['b.png']
    assert (out / 'map/b.png').read_text() == 'mapBBBBB'


def test_a_further_kind_keeps_the_pictures_that_are_there(photos, out):
    draw(opened(out), photos)
    times = [path.stat().st_mtime_ns for path in sorted((out / 'map').iterdir())]
    assert draw(opened(out, ('cutout',)), photos) == list(photos)
    assert times == [path.stat().st_mtime_ns for path in sorted((out / 'map').iterdir())]
    assert draw(opened(out, KINDS), photos) == []


def test_a_file_that_changes_between_claim_and_reading(photos, out):
    draw(opened(out), photos)
    folder = opened(out, KINDS)
    folder.claim(photos)
    replace(photos['a.png'], 'AAAAA', 'same time')
    folder.look('a.png', photos['a.png'])
    assert not (out / 'map/a.png').exists() and 'sha256' not in note(out)['sources']['a.png']
    # Killed here, and the file is put back: nothing of the other one is taken for done.
    replace(photos['a.png'], 'aaaaa', 'same time')
    assert 'a.png' in draw(opened(out), photos)


@pytest.mark.parametrize('written', [0, 1, 2])
def test_a_run_that_is_killed_leaves_nothing_stale(photos, out, written):
    draw(opened(out, KINDS), photos)
    replace(photos['a.png'], 'AAAAA', 'same time')
    folder = opened(out, KINDS)
    assert folder.claim(photos) == ['a.png']
    for kind in KINDS[:written]:
        folder.write(kind, 'a.png', b'of the new file')
    replace(photos['a.png'], 'aaaaa', 'same time')
    assert draw(opened(out, KINDS), photos) == ['a.png']
    assert (out / 'map/a.png').read_text() == 'mapaaaaa'


def test_most_of_a_run_that_is_killed_is_kept(photos, out, monkeypatch):
    monkeypatch.setattr(output_folder, 'SAVE_SECONDS', 0)
    monkeypatch.setattr(output_folder, 'SAVE_SHARE', 1e9)
    monkeypatch.setattr(OutputFolder, 'save', lambda self: None)  # which ends a run
    draw(opened(out), photos)
    assert opened(out).claim(photos) == []


def test_an_empty_picture_is_none(photos, out):
    draw(opened(out), photos)
    (out / 'map/b.png').write_bytes(b'')  # so a power cut may leave it
    (out / 'map/c.png').unlink()
    assert draw(opened(out), photos) == ['b.png', 'c.png']


def test_another_model_is_refused_and_takes_over(photos, out):
    first = opened(out)
    first.claim(photos)
    other = {**MODEL, 'checkpoint': 'other'}
    with pytest.raises(ValueError, match='names another'):
        opened(out, model=other).claim(photos)
    assert opened(out, model=other).claim(photos, overwrite=True) == list(photos)
    first.look('a.png', photos['a.png'])
    with pytest.raises(OutputError, match='another run took it over'):
        first.done('a.png')
    assert note(out)['model'] == other


def test_another_file_of_a_name_is_refused(photos, out, tmp_path):
    draw(opened(out), photos)
    (tmp_path / 'a').write_text('other')
    with pytest.raises(ValueError, match=f"in/a'.*{re.escape(str(tmp_path))}/a|/a'.*in/a'"):
        opened(out).claim({'a.png': str(tmp_path / 'a')})
    assert opened(out).claim({'a.png': str(tmp_path / 'a')}, overwrite=True) == ['a.png']
    assert not (out / 'map/a.png').exists() and (out / 'map/b.png').exists()


def test_what_nobody_noted_is_refused(photos, out):
    (out / 'map').mkdir(parents=True)
    (out / 'map/a.png').touch()
    with pytest.raises(ValueError, match='an unknown source'):
        opened(out).claim(photos)


def test_an_older_version_of_the_note(photos, out):
    out.mkdir()
    old = {'model': {'fast': None, 'config': '/c.py, 17'}, 'sources': photos}
    (out / 'model.json').write_text(json.dumps(old))
    with pytest.raises(
        ValueError, match='format 1.*Another version.*--overwrite, or name another --out'
    ):
        opened(out).claim(photos)
    assert draw(opened(out), photos, overwrite=True) == list(photos)
    assert draw(opened(out), photos) == []


@pytest.mark.parametrize('text', ['', '[]', 'nul', '[' * 100_000, '{"format": 2, "model": 1}'])
def test_a_note_that_is_damaged(photos, out, text):
    out.mkdir()
    (out / 'model.json').write_text(text)
    with pytest.raises(ValueError, match='model.json.*--overwrite, or name another --out'):
        opened(out).claim(photos)
    assert draw(opened(out), photos, overwrite=True) == list(photos)


def test_names_of_any_bytes(out, tmp_path):
    names = ['x' * 245, '字' * 80, 'caf\udce9', 'a\nb\x1b[31m', '-a', 'a:b', 'a.', 'a ', 'a.b.c']
    photos = {}
    for name in names:
        (tmp_path / name).write_text(name.encode('utf-8', 'surrogateescape').hex())
        photos[f'{name}.png'] = str(tmp_path / name)
    assert draw(opened(out), photos) == list(photos)
    assert {path.name for path in (out / 'map').iterdir()} == photos.keys()
    assert draw(opened(out), photos) == []


def test_a_name_that_is_too_long_is_a_fault_of_this_file_alone(photos, out):
    folder = opened(out)
    name = f'{"x" * 252}.png'
    assert name in folder.claim({**photos, name: photos['a.png']})
    with pytest.raises(ValueError, match='does not take this name.*Rename the input'):
        folder.write('map', name, b'')
    (out / 'map').mkdir(exist_ok=True)
    (out / 'map/d').touch()
    with pytest.raises(ValueError, match='map/d/e.png.*does not take this name'):
        folder.write('map', 'd/e.png', b'')


@pytest.mark.parametrize(
    'code, remedy',
    [
        (errno.ENOSPC, 'Make room'),
        (errno.EDQUOT, 'Make room'),
        (errno.EFBIG, 'Make room'),
        (errno.EROFS, 'writable'),
        (errno.EACCES, 'writable'),
        (errno.EIO, 'writable'),
    ],
)
def test_a_disk_that_takes_no_more(photos, out, monkeypatch, code, remedy):
    folder = opened(out)
    folder.claim(photos)

    def refuse(data, path):
        raise OSError(code, os.strerror(code), str(path))

    monkeypatch.setattr(output_folder, 'write_whole', refuse)
    with pytest.raises(OutputError, match=f'map/a.png.*{os.strerror(code)}.*{remedy}.*--out'):
        folder.write('map', 'a.png', b'')
    monkeypatch.setattr(output_note, 'write_whole', refuse)
    with pytest.raises(OutputError, match='model.json'):
        opened(out.with_name('other')).claim(photos)


def test_a_folder_that_cannot_be_written_to_is_read(photos, out, monkeypatch):
    """So that a finished run is still found finished, and nothing is noted that was not before."""
    draw(opened(out), photos)

    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, 'Permission denied')

    monkeypatch.setattr(output_note.FileLock, 'acquire', refuse)
    monkeypatch.setattr(output_note, 'write_whole', refuse)
    assert opened(out).claim(photos) == []
    with pytest.raises(OutputError, match='model.json.*Permission denied'):
        opened(out).claim({'d.png': photos['a.png']})


def test_a_file_in_the_place_of_the_folder(photos, out):
    out.touch()
    with pytest.raises(ValueError, match="/out' to be a folder"):
        opened(out).claim(photos)
    out.unlink()
    out.mkdir()
    (out / 'map').symlink_to('gone')
    with pytest.raises(ValueError, match="/out/map' to be a folder"):
        opened(out).claim(photos)


def test_names_that_a_disk_takes_for_one(photos, out, monkeypatch):
    alike = {'a.png': photos['a.png'], 'A.png': photos['b.png'], 'b.png': photos['c.png']}
    draw(opened(out), alike)  # this disk does not
    out.joinpath('MODEL.JSON').touch()
    with pytest.raises(ValueError, match="'a.png' and 'A.png'.*Rename"):
        opened(out).claim(alike)
    with pytest.raises(ValueError, match="'a.png' and 'A.png'"):
        opened(out).claim({'a.png': photos['a.png']}, others=alike)  # of a run beside this one
    composed = {'\u00e9.png': photos['a.png'], 'e\u0301.png': photos['b.png']}
    with pytest.raises(ValueError, match='Rename'):
        opened(out).claim(composed)


def test_a_claim_that_came_to_nothing_leaves_nothing(photos, tmp_path):
    folder = opened(tmp_path / 'new/out')
    folder.claim(photos)
    folder.withdraw()
    assert not (tmp_path / 'new').exists()
    (tmp_path / 'mine').mkdir()
    folder = opened(tmp_path / 'mine')
    folder.claim(photos)
    folder.withdraw()
    assert list((tmp_path / 'mine').iterdir()) == []


def test_what_was_drawn_before_outlives_a_withdrawn_claim(photos, out, tmp_path):
    draw(opened(out), photos)
    folder = opened(out)
    folder.claim({**photos, 'd.png': str(tmp_path / 'nothere')})
    folder.withdraw()
    assert note(out)['sources'].keys() == photos.keys()
    assert opened(out).claim(photos) == []
