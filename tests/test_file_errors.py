import errno
import os

import pytest

from srm_mmseg.file_errors import plain_errors, told, writing


@pytest.mark.parametrize(
    ('number', 'remedy'),
    [
        (errno.ENOSPC, 'free some space'),
        (errno.EDQUOT, 'quota'),
        (errno.EROFS, 'can only be read'),
        (errno.EACCES, 'permissions'),
        (errno.EFBIG, 'ulimit -f'),
        (errno.ENAMETOOLONG, 'shorter'),
    ],
)
def test_a_line_names_the_file_and_the_remedy(number, remedy):
    line = told(OSError(number, os.strerror(number), '/a/file'))
    assert "'/a/file'" in line and os.strerror(number) in line and remedy in line
    assert '\n' not in line


def test_an_error_without_a_file_names_the_folders_that_the_program_writes_to():
    line = told(OSError(errno.ENOSPC, 'No space left on device'), ['/work', '/maps'])
    assert "'/work' or '/maps'" in line


def test_a_message_that_was_written_for_the_error_stays():
    assert told(FileNotFoundError('Expected a folder.')) == 'Expected a folder.'


def test_a_writer_names_its_file():
    with pytest.raises(OSError, match='/dev/full'), writing('/dev/full'):
        with open('/dev/full', 'w') as file:
            file.write('x')


def test_tools_end_with_the_line():
    with pytest.raises(SystemExit) as end, plain_errors(KeyError), writing('/dev/full'):
        with open('/dev/full', 'w') as file:
            file.write('x')
    assert str(end.value.code).startswith("error: Expected to use '/dev/full', but got: No space")
    with pytest.raises(SystemExit), plain_errors(KeyError):
        raise KeyError('x')
    with pytest.raises(KeyError), plain_errors():
        raise KeyError('x')
