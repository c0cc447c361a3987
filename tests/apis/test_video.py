import numpy as np
import pytest
from odd_images import write_clip

from srm_mmseg.apis.video import Video, VideoFile


def test_odd_sizes_lose_nothing(tmp_path):
    path = tmp_path / 'deep/odd.mp4'
    file = VideoFile(path, rate=8)
    for grey in (40, 200):
        file.write(np.full((49, 65), grey, np.uint8))
    assert not path.exists()
    file.finish()
    file.discard()
    assert [one.name for one in path.parent.iterdir()] == ['odd.mp4']
    video = Video(str(path))
    found = list(video.frames())
    assert [frame.shape for frame in found] == [(50, 66, 3)] * 2
    assert [abs(int(frame.mean()) - grey) < 4 for frame, grey in zip(found, (40, 200))] == [
        True
    ] * 2
    assert (video.rate, video.declared) == (8, 2)


def test_colours_come_back_as_they_were(tmp_path):
    file = VideoFile(tmp_path / 'red.mp4', rate=8)
    file.write(np.full((32, 32, 3), (200, 60, 20), np.uint8))
    file.finish()
    (frame,) = Video(str(tmp_path / 'red.mp4')).frames()
    assert np.abs(frame.mean(axis=(0, 1)) - (200, 60, 20)).max() < 8


def test_nothing_is_left_of_what_is_not_finished(tmp_path):
    file = VideoFile(tmp_path / 'a.mp4', rate=8)
    file.write(np.zeros((32, 32), np.uint8))
    file.discard()
    assert not list(tmp_path.iterdir())


def test_frames_that_did_not_reach_the_disk(tmp_path):
    file = VideoFile(tmp_path / 'a.mp4', rate=8)
    file.write(np.zeros((32, 32), np.uint8))
    file.count += 1
    with pytest.raises(OSError, match='Expected 2 frames in .*a.mp4, but 1'):
        file.finish()
    assert not (tmp_path / 'a.mp4').exists()


@pytest.mark.parametrize('origin, name', [('gone.mp4', "video at 'gone.mp4'"), (97, 'webcam 97')])
def test_what_cannot_be_opened(origin, name):
    with pytest.raises(ValueError, match=f'Expected a {name}.*cannot be opened'):
        Video(origin)


def test_a_number_of_frames_that_is_an_estimate(tmp_path):
    path = tmp_path / 'a.avi'
    write_clip(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ValueError, match='Expected 100 frames'):
        list(Video(str(path)).frames())
    path = path.rename(tmp_path / 'a.MKV')
    assert 0 < len(list(Video(str(path)).frames())) < 100
