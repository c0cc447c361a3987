"""Videos and webcams from the command line."""

import re

import cv2
import numpy as np
import pytest
from infer_runs import refusal, written


def frames(path):
    capture = cv2.VideoCapture(str(path))
    found = []
    while (frame := capture.read())[0]:
        found.append(frame[1])
    return found, capture.get(cv2.CAP_PROP_FPS)


def test_a_video_keeps_its_frames_in_order(infer, clip, tmp_path):
    out = tmp_path / 'out'
    done = infer(clip, '--out', out, '--save', 'map,overlay', '--batch-size', 7)
    assert done.returncode == 0, done.err
    assert written(out, '*.mp4') == ['map/clip.mp4', 'overlay/clip.mp4']
    maps, rate = frames(out / 'map/clip.mp4')
    assert len(maps) == 100 and rate == 10 and maps[0].shape == (48, 64, 3)
    painted, _ = frames(out / 'overlay/clip.mp4')
    # Green is half of the frame's and at most 20 more.
    levels = [frame[..., 1].mean() for frame in painted]
    assert len(levels) == 100
    assert all(index - 6 <= level <= index + 26 for index, level in enumerate(levels))
    assert np.corrcoef(levels, range(100))[0, 1] > 0.9
    again = infer(clip, '--out', out, '--save', 'map,overlay')
    assert again.returncode == 0 and 'skipped 1 input ' in again.out
    assert infer(clip, '--out', tmp_path / 'few', '--frames', 12).returncode == 0
    assert len(frames(tmp_path / 'few/map/clip.mp4')[0]) == 12


def test_broken_videos_and_cameras_are_named(infer, clip, tmp_path):
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    (tmp_path / 'text.mp4').write_text('no video')
    done = infer(clip, tmp_path / 'text.mp4', 97, '--out', tmp_path / 'out')
    assert done.returncode == 1 and 'Traceback' not in done.err
    assert '3 inputs failed' in done.err and 'webcam 97' in done.err
    assert re.search('100 frames in .*clip.avi', done.err) and 'text.mp4' in done.err
    assert not written(tmp_path / 'out', '*.mp4')


@pytest.mark.parametrize('frames', [0, -1, 'all'])
def test_a_number_of_frames(infer, clip, tmp_path, frames):
    done = infer(clip, '--out', tmp_path / 'out', f'--frames={frames}')
    assert done.returncode == 2 and 'argument --frames: expected 1 or more' in done.err
    assert not (tmp_path / 'out').exists()


def test_a_webcam_is_never_skipped(infer, tmp_path):
    (tmp_path / 'map').mkdir()
    (tmp_path / 'map/webcam97.mp4').touch()
    assert 'an earlier run' in refusal(infer, 97, '--out', tmp_path)
