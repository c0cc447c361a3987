"""Ray Data on a local cluster: whatever is killed, each photograph is drawn, and once."""

import importlib.util
import os
import signal
import subprocess
import sys
import time

import pytest
from helpers import REPO, run
from odd_images import noise
from PIL import Image

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        importlib.util.find_spec('ray') is None, reason="needs ray: pip install -e '.[ray]'"
    ),
]
COUNT = 60


@pytest.fixture(scope='module')
def photographs(tmp_path_factory):
    """Sixty, and a file that is none."""
    folder = tmp_path_factory.mktemp('photographs')
    for index in range(COUNT):
        Image.fromarray(noise(320, 240, index)).save(folder / f'{index}.png')
    (folder / 'broken.png').write_bytes(b'no image')
    return folder


@pytest.fixture(scope='module')
def maps(photographs, tmp_path_factory):
    """What infer draws of them, by file name."""
    out = tmp_path_factory.mktemp('maps')
    command = ('infer', photographs, '--out', out)
    assert run('python', '-m', 'srm_mmseg', *command, check=False).returncode == 1  # broken.png
    return {path.name: path.read_bytes() for path in (out / 'map').iterdir()}


class Run:
    """A run in a process group of its own, which starts Ray's processes."""

    def __init__(self, photographs, folder, done=None):
        self.out, self.pids = folder / 'out', folder / 'pids'
        for path in (self.pids, folder / 'home'):
            path.mkdir(exist_ok=True)
        self.log = folder / 'log.txt'
        path = os.pathsep.join(filter(None, [str(REPO), os.environ.get('PYTHONPATH')]))
        # Ray writes a token of its own into the home folder.
        env = {**os.environ, 'PYTHONPATH': path, 'HOME': str(folder / 'home')}
        env['RAY_USAGE_STATS_ENABLED'] = '0'
        command = [sys.executable, str(REPO / 'tests/ray_run.py'), photographs, self.out, self.pids]
        with self.log.open('a') as log:
            self.process = subprocess.Popen(
                [*command, *([done] if done else [])], env=env, stdout=log, stderr=log
            )

    def wait_for_files(self, count):
        """Wait until so many tables are written; the run is in its midst then."""
        while len(list(self.out.glob('*.parquet'))) < count or len(list(self.pids.iterdir())) < 2:
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.005)

    def finish(self):
        assert self.process.wait(400) == 0, self.log.read_text()


def assert_all_is_there_once(out, photographs, maps):
    from pyarrow.parquet import read_table

    rows = [row for file in sorted(out.glob('*.parquet')) for row in read_table(file).to_pylist()]
    names = [os.path.basename(row['path']) for row in rows]
    assert sorted(names) == sorted(path.name for path in photographs.iterdir())
    assert len(names) == COUNT + 1
    found = {name: row['map'] for name, row in zip(names, rows) if not row['error']}
    assert found == maps and len(maps) == COUNT
    [error] = [row['error'] for row in rows if row['error']]
    assert 'broken.png' in error and 'cannot be decoded' in error


def test_a_worker_is_killed(photographs, maps, tmp_path):
    ours = Run(photographs, tmp_path)
    ours.wait_for_files(2)
    pids = [int(path.name) for path in ours.pids.iterdir()]
    os.kill(pids[0], signal.SIGKILL)
    written = len(list(ours.out.glob('*.parquet')))
    ours.finish()
    assert written < len(list(ours.out.glob('*.parquet')))
    assert len(pids) == 2 and len(list(ours.pids.iterdir())) == 3  # one in the killed one's place
    assert_all_is_there_once(ours.out, photographs, maps)


def test_the_whole_run_is_killed(photographs, maps, tmp_path):
    """Killed twice, with Ray's processes; it goes on behind what is written."""
    done = tmp_path / 'done'
    for count in (2, 4):
        ours = Run(photographs, tmp_path, done)
        ours.wait_for_files(count)
        ours.process.kill()
        ours.process.wait()
    before = {path.name: path.read_bytes() for path in ours.out.glob('*.parquet')}
    Run(photographs, tmp_path, done).finish()
    after = {path.name: path.read_bytes() for path in ours.out.glob('*.parquet')}
    assert len(after) > len(before) >= 4
    assert_all_is_there_once(ours.out, photographs, maps)
