import errno
import os

import pytest

from srm_mmseg.whole_file import replacing, write_whole


def test_makes_the_folder_and_leaves_nothing_else(tmp_path):
    path = tmp_path / 'new/ümlaut.png'
    write_whole(b'new', path)
    assert path.read_bytes() == b'new' and [*path.parent.iterdir()] == [path]


def test_meanwhile_the_old_file_is_there(tmp_path):
    path = tmp_path / 'a.onnx'
    path.write_bytes(b'old')
    with replacing(path) as part:
        part.write_bytes(b'new')
        assert part.suffix == '.onnx' and path.read_bytes() == b'old'
    assert path.read_bytes() == b'new'


def test_an_error_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / 'a.png'
    path.write_bytes(b'old')
    with pytest.raises(KeyboardInterrupt), replacing(path) as part:
        part.write_bytes(b'ne')
        raise KeyboardInterrupt
    assert path.read_bytes() == b'old' and [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize('named', [True, False])
def test_errors_name_the_file_that_is_wanted(named, tmp_path):
    path = tmp_path / 'a.png'
    with pytest.raises(OSError, match='No space left') as raised, replacing(path) as part:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), *([str(part)] if named else []))
    assert raised.value.filename == str(path)
