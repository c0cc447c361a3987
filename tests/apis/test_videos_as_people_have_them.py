"""Videos as phones, cameras, cutters and downloads make them."""

import errno
import os
import resource
import shutil
import struct
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from clips import QUARTERS, probe, write_video
from mp4_boxes import set_edits

from srm_mmseg.apis.video import Video, VideoFile


@pytest.fixture(scope='module')
def clip(tmp_path_factory):
    """Two seconds at 30 frames/s with frames that refer to later ones, and two of sound."""
    return write_video(tmp_path_factory.mktemp('clip') / 'clip.mp4', sound='aac')


def copy(source, out, is_cut=False, most=None):
    """Write a video again, as infer.py does, without a network."""
    video = Video(str(source))
    file = VideoFile(Path(out), video.rate, video.tick, video.sound())
    try:
        for index, frame in enumerate(video.timed_frames()):
            if index == most:
                break
            file.write(frame.pixels, frame)
        file.finish(is_cut)
    finally:
        file.discard()
    return file


def count(path):
    return len(list(Video(str(path)).frames()))


NAMES = (
    *(b'caf\xe9.mp4', b'12:30.mp4', b'-x.mp4', b'http:', b'concat:clip.mp4', b'pipe:0.mp4'),
    *(b'subfile,,start,0,end,9,,:clip.mp4', b'a%03d.mp4', b'a|b.mp4', b'new\nline.mp4', b'x' * 250),
)


@pytest.mark.parametrize('name', NAMES)
def test_any_name(clip, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    name = os.fsdecode(name)
    shutil.copy(clip, name)
    out = Path(f'out_{name}.mp4')
    if len(name) < 200:
        assert copy(name, out).count == 60
        assert count(out) == 60
    else:
        assert count(name) == 60


PLAYLISTS = {
    'hls': '#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{}\n#EXT-X-ENDLIST\n',
    'concat': 'ffconcat version 1.0\nfile {}\n',
    'sdp': 'v=0\no=- 0 0 IN IP4 127.0.0.1\ns={}\nc=IN IP4 127.0.0.1\nt=0 0\n'
    'm=video 9876 RTP/AVP 96\na=rtpmap:96 H264/90000\n',
    'asx': '[playlist]\nRef1={}\n',
}


@pytest.mark.parametrize('kind', PLAYLISTS)
@pytest.mark.parametrize('target', ['clip.mp4', 'clip.ts', 'http://127.0.0.1:9/x.ts'])
def test_no_other_file_is_opened(clip, tmp_path, monkeypatch, kind, target):
    monkeypatch.chdir(tmp_path)
    shutil.copy(clip, 'clip.mp4')
    write_video(tmp_path / 'clip.ts', stamps=range(5))
    for suffix in ('mp4', 'mkv', 'ts'):
        Path(f'list.{suffix}').write_text(PLAYLISTS[kind].format(target))
        with pytest.raises(ValueError, match=f'list.{suffix}.*cannot be opened.*not followed'):
            Video(f'list.{suffix}')


EDITS = {  # in milliseconds, and in units of 1/15360 s, of which a frame has 512
    'all': ([(2000, 1024)], 60, 0),
    'the middle': ([(1000, 1024 + 10 * 512)], 30, 0),
    'late': ([(500, -1), (1000, 1024)], 30, Fraction(1, 2)),
    'twice': ([(1000, 1024), (1000, 1024)], 60, 0),
    'two parts': ([(500, 1024), (500, 1024 + 30 * 512)], 30, 0),
}


@pytest.mark.parametrize('form', EDITS)
def test_edit_lists(clip, tmp_path, form):
    edits, shown, first = EDITS[form]
    path = tmp_path / 'edited.mp4'
    shutil.copy(clip, path)
    set_edits(path, edits)
    video = Video(str(path))
    frames = list(video.timed_frames())
    assert len(frames) == video.declared == shown
    assert frames[0].start == first
    # Between two parts FFmpeg may leave the gap of a frame.
    assert shown - 1 <= 30 * (frames[-1].start - first) <= shown


def test_a_clip_that_was_cut_without_encoding(shared, tmp_path):
    faults = shared / 'faults/03'
    assert count(faults / 'trimmed.mp4') == 14
    copy(faults / 'fragmented_longer_sound.mp4', tmp_path / 'a.mp4')
    streams, starts = probe(tmp_path / 'a.mp4')
    assert len(starts) == 30 and streams['sound'][0][1] > 3


FRAGMENTS = {'movflags': 'frag_keyframe+empty_moov'}


@pytest.mark.parametrize(
    'name, options',
    [
        ('a.mp4', {}),
        ('a.mov', {}),
        ('a.mp4', FRAGMENTS),
        ('b.mp4', {'movflags': '+dash+delay_moov+frag_keyframe'}),
        ('c.mp4', {'use_editlist': '0'}),
        ('d.mp4', {'movflags': 'negative_cts_offsets'}),
        ('a.mkv', {}),
        ('a.ts', {}),
        ('a.m2ts', {}),
        ('a.mts', {}),
        ('a.flv', {}),
        ('a.avi', {}),
        ('a.3gp', {}),
        ('a.m4v', {}),
    ],
)
def test_containers(tmp_path, name, options):
    path = write_video(tmp_path / name, options={'g': '20'}, **options)
    assert copy(path, tmp_path / 'out.mp4').count == 60
    streams, starts = probe(tmp_path / 'out.mp4')
    assert streams['rate'] == 30
    assert {late - soon for soon, late in zip(starts, starts[1:])} == {Fraction(1, 30)}


@pytest.mark.parametrize(
    'name, codec, pix_fmt',
    [
        ('a.webm', 'libvpx-vp9', 'yuv420p'),
        ('a.mpg', 'mpeg2video', 'yuv420p'),
        ('a.wmv', 'wmv2', 'yuv420p'),
        ('a.avi', 'mpeg4', 'yuv420p'),
        ('a.mp4', 'libx265', 'yuv420p10le'),
        ('a.mov', 'qtrle', 'argb'),
        ('a.mkv', 'ffv1', 'gray'),
    ],
)
def test_codecs_and_pixels(tmp_path, name, codec, pix_fmt):
    options = {'x265-params': 'log-level=0'} if codec == 'libx265' else {}
    path = write_video(tmp_path / name, 30, range(9), codec, pix_fmt=pix_fmt, options=options)
    frames = list(Video(str(path)).frames())
    assert len(frames) == 9
    assert all(abs(frame.mean() - 4 * index) < 6 for index, frame in enumerate(frames))


def half(path, share=0.5):
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    return path


def test_a_file_that_is_cut_off(tmp_path):
    fast = write_video(tmp_path / 'fast.mp4', movflags='faststart')
    with pytest.raises(ValueError, match='Expected 60 frames.*fast.mp4'):
        count(half(fast, 0.7))
    fragments = write_video(tmp_path / 'frag.mp4', options={'g': '20'}, **FRAGMENTS)
    with pytest.raises(ValueError, match='frames.*frag.mp4.*only [1-9]'):
        count(half(fragments, 0.9))
    with pytest.raises(ValueError, match='cannot be opened'):
        count(half(write_video(tmp_path / 'slow.mp4')))
    whole = write_video(tmp_path / 'zeros.mp4', options={'g': '10'})
    data = whole.read_bytes()
    end = data.rindex(b'moov') - 4
    whole.write_bytes(data[: end // 2] + bytes(end - end // 2) + data[end:])
    with pytest.raises(ValueError, match='Expected 60 frames.*zeros.mp4'):
        count(whole)


def test_a_header_with_a_wrong_number_of_frames(tmp_path):
    path = write_video(tmp_path / 'a.avi', codec='mpeg4')
    data = bytearray(path.read_bytes())
    struct.pack_into('<I', data, data.index(b'avih') + 24, 500)
    struct.pack_into('<I', data, data.index(b'strh') + 40, 500)
    path.write_bytes(data)
    assert Video(str(path)).declared == 500
    assert count(path) == 60


@pytest.mark.parametrize('name', ['a.mp4', 'a.mkv', 'a.ts', 'a.avi'])
@pytest.mark.parametrize(
    'rate',
    [
        *(Fraction(count, 1001) for count in (15_000, 24_000, 30_000, 60_000)),
        *(Fraction(15, 2), Fraction(66_667, 1000), Fraction(105_611, 500), Fraction(1, 2)),
        *(Fraction(1, 3), Fraction(1, 60)),
    ],
)
def test_rates(tmp_path, rate, name):
    path = write_video(tmp_path / name, rate, range(20))
    copy(path, tmp_path / 'out.mp4')
    streams, starts = probe(tmp_path / 'out.mp4')
    assert len(starts) == 20
    if name in ('a.mp4', 'a.avi') or rate.denominator == 1001:
        assert streams['rate'] == rate and starts[-1] == 19 / rate
    assert abs(streams['seconds'] - 20 / rate) < 0.002


def test_a_varying_rate_keeps_its_times(tmp_path):
    stamps = [0, 100, 133, 1000, 1001, 2500]
    for name in ('a.mp4', 'a.mkv'):
        path = write_video(tmp_path / name, 1000, stamps)
        copy(path, tmp_path / 'out.mp4')
        assert [float(start) for start in probe(tmp_path / 'out.mp4')[1]] == [
            stamp / 1000 for stamp in stamps
        ]


@pytest.mark.parametrize('degrees', [0, 90, 180, 270])
@pytest.mark.parametrize('mirrored', [(False, False), (True, False), (False, True)])
def test_frames_are_upright(tmp_path, degrees, mirrored):
    path = write_video(
        tmp_path / 'a.mp4', stamps=range(2), pixels=QUARTERS, rotation=(degrees, *mirrored)
    )
    expected = np.rot90(QUARTERS, degrees // 90)
    expected = expected[:: -1 if mirrored[1] else 1, :: -1 if mirrored[0] else 1]
    for frame in Video(str(path)).frames():
        assert frame.shape == expected.shape
        assert np.abs(frame.astype(int) - expected).mean() < 12


def test_sound_is_kept(clip, tmp_path):
    assert copy(clip, tmp_path / 'all.mp4').lost_sound is False
    streams, _ = probe(tmp_path / 'all.mp4')
    assert streams['codec'] == 'h264' and streams['sound'][0][0] == 'aac'
    assert abs(streams['sound'][0][1] - 2) < 0.05
    copy(clip, tmp_path / 'cut.mp4', is_cut=True, most=15)
    streams, starts = probe(tmp_path / 'cut.mp4')
    assert len(starts) == 15 and abs(streams['sound'][0][1] - 0.5) < 0.05
    path = write_video(tmp_path / 'a.avi', codec='mpeg4', sound='pcm_alaw')
    assert copy(path, tmp_path / 'lost.mp4').lost_sound
    assert probe(tmp_path / 'lost.mp4')[0]['sound'] == []


def test_two_recordings_in_one_file(tmp_path):
    path = write_video(tmp_path / 'a.ts', sound='aac')
    path.write_bytes(2 * path.read_bytes())
    copy(path, tmp_path / 'b.mp4')
    streams, starts = probe(tmp_path / 'b.mp4')
    assert len(starts) == 120 and abs(streams['seconds'] - 4) < 0.1
    assert abs(streams['sound'][0][1] - 4) < 0.2


def test_sound_alone_is_no_video(clip, tmp_path):
    import av

    with av.open(str(tmp_path / 'a.mp4'), 'w') as file:
        audio = file.add_stream('aac', 48_000)
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), 'fltp', 'stereo')
        frame.sample_rate = 48_000
        file.mux([*audio.encode(frame), *audio.encode(None)])
    with pytest.raises(ValueError, match='a.mp4.*without pictures'):
        Video(str(tmp_path / 'a.mp4'))


def test_a_disk_that_is_full(clip, tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limits[1]))
    try:
        with pytest.raises(OSError, match='out.mp4') as caught:
            copy(clip, tmp_path / 'out.mp4')
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.errno == errno.EFBIG
    assert not list(tmp_path.iterdir())


def test_what_is_no_file(tmp_path):
    (tmp_path / 'folder.mp4').mkdir()
    os.mkfifo(tmp_path / 'pipe.mp4')
    for name in ('folder.mp4', 'pipe.mp4'):
        with pytest.raises(ValueError, match=f'{name}.*no regular file'):
            Video(str(tmp_path / name))


def test_without_pyav(clip, monkeypatch):
    monkeypatch.setitem(sys.modules, 'av', None)
    with pytest.raises(ImportError, match='PyAV.*pip install av'):
        Video(str(clip))


def test_frames_of_changing_size_and_shape(tmp_path):
    data = b''.join(
        write_video(
            tmp_path / f'{size}.ts', 30, range(10), pixels=np.full((*size, 3), 90, np.uint8)
        ).read_bytes()
        for size in ((48, 64), (96, 128))
    )
    (tmp_path / 'a.ts').write_bytes(data)
    frames = list(Video(str(tmp_path / 'a.ts')).timed_frames())
    assert len(frames) == 20
    assert {frame.pixels.shape for frame in frames} == {(48, 64, 3)}
    starts = [frame.start for frame in frames]  # its clock is set back in the middle
    assert starts == sorted(set(starts))
