"""Frames take a bounded memory."""

import numpy as np
import pytest
from clips import write_video
from helpers import run

from srm_mmseg.apis.recording import FRAME_BYTES
from srm_mmseg.apis.video import Video

PEAK = """
import sys
from srm_mmseg.apis.recording import FRAME_BYTES
from srm_mmseg.apis.video import Video, VideoFile
from srm_mmseg.engine.peak_memory import peak_memory
from pathlib import Path
video = Video(sys.argv[1])
file = VideoFile(Path(sys.argv[2]), video.rate, video.tick, video.sound())
for index, frame in enumerate(video.timed_frames()):
    file.write(frame.pixels, frame)
    if index in (200, 1199):
        print('peak', peak_memory())
file.finish()
"""


@pytest.mark.parametrize('name', ['a.avi', 'a.mov'])
def test_frames_above_the_limit_are_refused(tmp_path, name):
    # A frame of 225 megapixels in some 200 kB.
    huge = np.zeros((15_000, 15_000, 3), np.uint8)
    path = write_video(tmp_path / name, 30, [0], 'png', pixels=huge, pix_fmt='gray')
    with pytest.raises(ValueError, match='has 15000x15000 pixels a frame .* SRM_IMAGE_GIB=8'):
        Video(str(path))


def test_frames_that_grow_above_the_limit_are_not_decoded(tmp_path, monkeypatch):
    small, large = (
        write_video(tmp_path / f'{size}.ts', 30, [0], pixels=np.zeros((size, size, 3), np.uint8))
        for size in (64, 640)
    )
    path = tmp_path / 'both.ts'
    path.write_bytes(small.read_bytes() + large.read_bytes())
    assert [frame.shape for frame in Video(str(path)).frames()] == [(64, 64, 3)] * 2
    monkeypatch.setenv('SRM_IMAGE_GIB', str(300 * 300 * FRAME_BYTES / 2**30))
    with pytest.raises(ValueError, match='only 0 can be decoded'):
        list(Video(str(path)).frames())


@pytest.mark.slow
def test_memory_is_flat_over_a_thousand_frames(tmp_path):
    grey = np.full((360, 640, 3), 90, np.uint8)
    path = write_video(tmp_path / 'a.mp4', stamps=range(1200), sound='aac', pixels=grey)
    done = run('python', '-c', PEAK, path, tmp_path / 'b.mp4')
    few, many = (int(line.split()[1]) for line in done.stdout.splitlines())
    assert many - few < 20e6  # 1,000 frames are 700 MB
