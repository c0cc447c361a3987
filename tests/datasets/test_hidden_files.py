import pytest

from srm_mmseg.datasets.hidden_files import is_hidden
from srm_mmseg.datasets.stems import files_by_stem


@pytest.mark.parametrize(
    'name',
    [
        *('._a.jpg', '.a.jpg', '.thumbnails/a.jpg', 'b/.cache/c/a.jpg', '__MACOSX/b/a.jpg'),
        *('@eaDir/a.jpg', 'b/@eaDir/a.jpg/SYNOPHOTO_THUMB_M.jpg', '$Recycle.Bin/a.jpg'),
        *('#recycle/a.jpg', 'System Volume Information/a.jpg', 'Thumbs.db', 'b/desktop.ini'),
    ],
)
def test_what_is_hidden_is_no_part_of_a_set(tmp_path, name):
    assert is_hidden(name)
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).touch()
    (tmp_path / 'a.jpg').touch()
    assert files_by_stem(str(tmp_path), '.jpg') == {'a': str(tmp_path / 'a.jpg')}


@pytest.mark.parametrize(
    'name', ['a.jpg', 'a..jpg', 'MACOSX/a.jpg', '@a/b.jpg', 'recycle/x.png', '_a.jpg']
)
def test_what_is_not(name):
    assert not is_hidden(name)
