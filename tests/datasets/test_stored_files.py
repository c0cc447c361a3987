import pytest

from srm_mmseg.datasets import stored_files

LOCAL = dict(backend='local')


@pytest.fixture
def folder(tmp_path):
    for name in ('a.txt', 'b/c.txt', 'b/.hidden', '.folder/d.txt', 'b/e/f.txt'):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b'\xef\xbb\xbfone\r\ntwo\n')
    (tmp_path / 'b/link').symlink_to(tmp_path / 'b/e')
    return str(tmp_path)


def test_files_are_those_of_the_toolbox(folder):
    ours = sorted(stored_files.files_below(folder))
    assert ours == sorted(stored_files.files_below(folder, LOCAL))
    assert ours == ['.folder/d.txt', 'a.txt', 'b/c.txt', 'b/e/f.txt', 'b/link/f.txt']


def test_contents_are_those_of_the_toolbox(folder):
    path = f'{folder}/a.txt'
    assert stored_files.read_text(path, 'utf-8-sig') == 'one\ntwo\n'
    for name, *arguments in (('read_text', 'utf-8-sig'), ('read_bytes',), ('is_folder',)):
        read = getattr(stored_files, name)
        assert read(path, *arguments) == read(path, *arguments, LOCAL)


def test_addresses_are_left_to_the_toolbox():
    assert stored_files.is_local('a/b.jpg')
    assert not stored_files.is_local('https://a/b.jpg') and not stored_files.is_local('a', LOCAL)
    with pytest.raises(KeyError, match='gone'):
        stored_files.read_bytes('gone://a')
