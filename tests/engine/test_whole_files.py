"""A file is replaced by a whole one, or stays as it was."""

import errno
import os

import pytest

from srm_mmseg.engine.whole_files import WholeFilesBackend


@pytest.fixture
def path(tmp_path):
    (tmp_path / 'epoch_1.pth').write_bytes(b'old')
    return tmp_path / 'epoch_1.pth'


def test_writes_and_makes_the_folder(tmp_path):
    WholeFilesBackend().put(b'new', tmp_path / 'a/b.pth')
    WholeFilesBackend().put_text('ü', str(tmp_path / 'a/last_checkpoint'))
    assert (tmp_path / 'a/b.pth').read_bytes() == b'new'
    assert (tmp_path / 'a/last_checkpoint').read_bytes() == 'ü'.encode()
    assert len(list((tmp_path / 'a').iterdir())) == 2


@pytest.mark.parametrize('step', ['fsync', 'replace'])
def test_a_full_disk_leaves_the_old_file_and_no_part(step, path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, step, full)
    with pytest.raises(OSError, match='No space left') as raised:
        WholeFilesBackend().put(b'new', path)
    assert raised.value.errno == errno.ENOSPC and raised.value.filename == str(path)
    assert path.read_bytes() == b'old' and list(path.parent.iterdir()) == [path]


def test_on_the_disk_before_it_has_its_name(path, monkeypatch):
    order = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, 'fsync', lambda file: (order.append('fsync'), fsync(file)))
    monkeypatch.setattr(os, 'replace', lambda *names: (order.append('replace'), replace(*names)))
    WholeFilesBackend().put(b'new', path)
    assert order == ['fsync', 'replace', 'fsync']  # the last one of the folder
    assert path.read_bytes() == b'new'


def test_what_a_link_points_to_stays(path):
    link = path.with_name('link.pth')
    link.symlink_to(path)
    WholeFilesBackend().put(b'new', link)
    assert path.read_bytes() == b'old' and link.read_bytes() == b'new' and not link.is_symlink()
