import os
import signal
import subprocess
import sys
import tempfile

import pytest

from srm_mmseg.apis.server_folder import PREFIX, remove_leftovers, server_folder


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, 'tempdir', str(tmp_path))
    return tmp_path


def kill_a_server(temporary):
    """Start another process with a folder, and kill it."""
    code = (
        'from srm_mmseg.apis.server_folder import server_folder\n'
        'with server_folder() as folder:\n'
        '    (folder / "photograph.png").touch()\n'
        '    print(folder, flush=True)\n'
        '    input()\n'
    )
    env = {**os.environ, 'TMPDIR': str(temporary)}
    pipe = subprocess.PIPE
    server = subprocess.Popen([sys.executable, '-c', code], env=env, stdin=pipe, stdout=pipe)
    folder = server.stdout.readline().decode().strip()
    yield folder
    server.send_signal(signal.SIGKILL)
    server.communicate()
    yield folder


def test_goes_with_the_server(temporary):
    with server_folder() as folder:
        (folder / 'photograph.png').touch()
        assert folder.parent == temporary
    assert not list(temporary.iterdir())
    with pytest.raises(KeyboardInterrupt), server_folder():
        raise KeyboardInterrupt
    assert not list(temporary.iterdir())


def test_the_next_server_removes_those_of_dead_ones_alone(temporary):
    other = kill_a_server(temporary)
    alive = next(other)
    with server_folder() as ours:
        remove_leftovers()
        assert ours.is_dir() and os.path.exists(f'{alive}/photograph.png')
        next(other)
        remove_leftovers()
        assert ours.is_dir() and not os.path.exists(alive)


def test_nothing_else_is_removed(temporary):
    precious = temporary / 'precious'
    precious.mkdir()
    (precious / 'photograph.png').touch()
    (temporary / f'{PREFIX}link').symlink_to(precious)
    (temporary / f'{PREFIX}file').touch()
    (temporary / 'srm_mmseg_other').mkdir()
    remove_leftovers()
    assert (precious / 'photograph.png').exists() and len(list(temporary.iterdir())) == 4
