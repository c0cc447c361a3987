"""A disk that takes no more ends a run of infer."""

import errno
import re

import cv2
import pytest
from helpers import run
from infer_runs import refusal
from odd_images import noise
from PIL import Image

from srm_mmseg.whole_file import write_whole


def test_a_disk_that_takes_no_more_ends_the_run(infer, tmp_path, monkeypatch):
    photos, out = tmp_path / 'photos', tmp_path / 'out'
    photos.mkdir()
    for index in range(40):
        Image.fromarray(noise(5, 4, index)).save(photos / f'{index:02d}.png')
    (photos / '00.png').write_bytes(b'no image')

    def write(data, path):
        if path.stem >= '05':
            raise OSError(errno.ENOSPC, 'No space left on device')
        write_whole(data, path)

    with monkeypatch.context() as patch:
        patch.setattr('srm_mmseg.apis.output_folder.write_whole', write)
        error = refusal(infer, photos, '--out', out)
    report = [line for line in error.splitlines() if line.startswith('error: ')]
    assert len(report) == 1 and re.search('map/[0-9]+.png', report[0])
    assert 'No space left on device' in report[0] and 'inputs failed' not in error
    done = infer(photos, '--out', out)
    assert 'skipped 4 inputs' in done.out and '35 images' in done.out


FULL_DISK = """
mount -t tmpfs -o size=200k none "$1/out" || exit 77
shift
exec "$@"
"""


@pytest.mark.slow
@pytest.mark.parametrize('kind', ['photographs', 'video'])
def test_a_full_disk(model, tmp_path, kind):
    """A disk of 200 kB in a mount namespace; the pictures would take more."""
    (tmp_path / 'out').mkdir()
    if kind == 'video':
        video = cv2.VideoWriter(
            str(tmp_path / 'clip.avi'), cv2.VideoWriter.fourcc(*'MJPG'), 10, (640, 480)
        )
        for index in range(60):
            video.write(noise(640, 480, index))
        video.release()
    else:
        (tmp_path / 'photos').mkdir()
        for index in range(30):
            Image.fromarray(noise(200, 150, index)).save(tmp_path / f'photos/{index}.png')
    given = tmp_path / ('clip.avi' if kind == 'video' else 'photos')
    done = run(
        *('unshare', '-rm', 'bash', '-c', FULL_DISK, '-', tmp_path),
        *('python', 'tools/infer.py', given, '--out', tmp_path / 'out', '--save', 'map,overlay'),
        *model,
        check=False,
    )
    if 'Operation not permitted' in done.stderr or done.returncode == 77:
        pytest.skip('needs a mount namespace, which is not allowed here')
    assert done.returncode == 1 and 'Traceback' not in done.stderr
    (error,) = re.findall('^error: .*', done.stderr, re.MULTILINE)
    assert f'{tmp_path}/out/' in error and '--out' in error
    assert 'inputs failed' not in done.stderr
