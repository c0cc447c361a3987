"""A folder of anything, and videos, from the command line."""

import errno
import logging
import os
import re
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
from helpers import REPO, run
from mmengine.config import Config
from mmseg.registry import MODELS
from odd_images import (
    BROKEN,
    ODD_SIZES,
    noise,
    write_broken_images,
    write_clip,
    write_odd_images,
)
from PIL import Image

from srm_mmseg.cli.infer import main
from srm_mmseg.whole_file import write_whole


@pytest.fixture
def model(trained, tiny_config):
    return '--config', tiny_config, '--checkpoint', trained / 'epoch_2.pth'


@pytest.fixture
def infer(model, monkeypatch, capfd):
    """Run the tool in this process, which has imported the toolbox already."""

    def call(*args):
        # MMEngine's loggers keep the stream of the test that was the first to log.
        monkeypatch.setattr(logging, 'raiseExceptions', False)
        monkeypatch.setattr(sys, 'argv', ['infer.py', *map(str, (*args, *model))])
        code = 0
        try:
            main()
        except SystemExit as exit:
            if isinstance(exit.code, str):
                print(exit.code, file=sys.stderr)
            code = exit.code if isinstance(exit.code, int) else 1
        return SimpleNamespace(returncode=code, **capfd.readouterr()._asdict())

    return call


def read(path):
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def written(folder, pattern='*.*'):
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob(pattern))


def assert_failures_are_named(done, folder):
    assert done.returncode == 1 and 'Traceback' not in done.err
    report = done.err[done.err.index('5 inputs failed:') :]
    for name in BROKEN:
        assert len(re.findall(re.escape(f'{folder}/{name}'), report)) >= 1, name
    assert len(report.strip().splitlines()) == 6


def test_a_folder_of_anything(infer, model, toy_data, tmp_path):
    photos, out = tmp_path / 'photos', tmp_path / 'out'
    shutil.copytree(toy_data / 'toy/DUTS-TE/DUTS-TE-Image', photos / 'toy')
    write_odd_images(photos)
    write_broken_images(photos)
    (photos / 'notes.txt').touch()
    command = (photos, '--out', out, '--save', 'map,overlay,cutout,stages', '--batch-size', 3)
    done = run('python', 'tools/infer.py', *command, *model, check=False)
    done = SimpleNamespace(returncode=done.returncode, out=done.stdout, err=done.stderr)
    assert_failures_are_named(done, photos)
    assert 'left out 1 files' in done.out and '12 images' in done.out
    names = [*(f'{name}.png' for name in ODD_SIZES), *(f'toy/0000{i}.png' for i in range(5))]
    for kind, channels in dict(map=1, overlay=3, cutout=4, stages=3).items():
        assert written(out / kind) == sorted(names)
        for name, (width, height) in ODD_SIZES.items():
            picture = read(out / kind / f'{name}.png')
            if kind != 'stages':
                assert picture.shape[:2] == (height, width)
            assert (1 if picture.ndim == 2 else picture.shape[2]) == channels
    original = np.asarray(Image.open(photos / 'rgba.png').convert('RGB'))
    assert (read(out / 'cutout/rgba.png')[..., 2::-1] == original).all()
    given = np.asarray(Image.open(photos / 'rgba.png'))[..., 3]
    smaller = np.minimum(given, read(out / 'map/rgba.png'))
    assert (read(out / 'cutout/rgba.png')[..., 3] == smaller).all()

    times = {path: path.stat().st_mtime_ns for path in out.rglob('*.png')}
    (out / 'overlay/rgba.png').unlink()
    again = infer(*command)
    assert_failures_are_named(again, photos)
    assert 'skipped 11 inputs' in again.out and '1 images' in again.out
    changed = [path for path, at in times.items() if path.stat().st_mtime_ns != at]
    assert {path.stem for path in changed} == {'rgba'}


def test_maps_are_those_of_the_test(infer, trained, tiny_config, toy_data, tmp_path):
    images = toy_data / 'toy/DUTS-TE/DUTS-TE-Image'
    run(
        *('python', 'tools/test.py', tiny_config, trained / 'epoch_2.pth'),
        *('--work-dir', tmp_path, '--out', tmp_path / 'test'),
        data=toy_data,
        OMP_NUM_THREADS=str(torch.get_num_threads()),  # sums depend on it
    )
    assert infer(images, '--out', tmp_path / 'infer', '--batch-size', 1).returncode == 0
    assert len(written(tmp_path / 'infer/map')) == 5
    for name in written(tmp_path / 'infer/map'):
        ours, theirs = (tmp_path / folder / name for folder in ('infer/map', 'test/toy'))
        assert ours.read_bytes() == theirs.read_bytes()


@pytest.fixture
def clip(tmp_path):
    """Ten seconds, ever brighter, 64 x 48 pixels."""
    path = tmp_path / 'clip.avi'
    write_clip(path)
    return path


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
    assert again.returncode == 0 and 'skipped 1 inputs' in again.out
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


def refusal(infer, *args):
    done = infer(*args)
    assert done.returncode == 1 and 'Traceback' not in done.err
    return done.err


def test_what_is_refused(infer, clip, tmp_path):
    photos, out = tmp_path / 'photos', tmp_path / 'out'
    for path in (photos / 'a.png', photos / 'deep/a.png'):
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(noise(5, 4)).save(path)
    assert "would be called 'a.png'" in refusal(
        infer, photos / 'a.png', photos / 'deep', '--out', out
    )
    assert 'outside of the input' in refusal(infer, photos, '--out', photos / 'out')
    assert '--save of map and overlay for videos' in refusal(
        infer, clip, '--out', out, '--save', 'map,cutout'
    )
    assert "got 'maps'" in infer(photos, '--out', out, '--save', 'maps').err
    assert not out.exists()
    assert infer(photos, photos / 'a.png', '--out', out).returncode == 0  # one file twice
    assert written(out / 'map') == ['a.png', 'deep/a.png']
    assert 'names another' in refusal(infer, photos, '--out', out, '--fast')
    assert infer(photos, '--out', out, '--fast', '--overwrite').returncode == 0


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / 'a/x.png'
    path.parent.mkdir()
    Image.fromarray(noise(5, 4)).save(path)
    return path


def test_a_failed_start_leaves_no_note(infer, photo, tmp_path):
    out = tmp_path / 'out'
    assert 'batch_size to be 1' in refusal(infer, photo, '--out', out, '--batch-size', 0)
    assert "got 'gpu'" in refusal(infer, photo, '--out', out, '--device', 'gpu')
    assert not out.exists()
    out.mkdir()
    (out / 'model.json').write_text('{')
    error = refusal(infer, photo, '--out', out)
    assert 'model.json' in error and 'Remove the file' in error


def test_a_missing_checkpoint_is_told_by_the_loader(tiny_config, photo, tmp_path):
    command = (
        'python',
        'tools/infer.py',
        photo,
        '--config',
        tiny_config,
        '--out',
        tmp_path / 'out',
    )
    done = run(*command, '--checkpoint', tmp_path / 'gone.pth', check=False)
    assert done.returncode == 1 and 'Traceback' not in done.stderr
    assert 'Expected a checkpoint' in done.stderr


def test_pictures_of_another_file_or_an_older_one(infer, photo, tmp_path):
    out, other = tmp_path / 'out', tmp_path / 'b/x.png'
    other.parent.mkdir()
    Image.fromarray(noise(7, 6)).save(other)
    assert infer(photo, '--out', out).returncode == 0
    assert 'skipped 1 inputs' in infer(photo, '--out', out).out
    error = refusal(infer, other, '--out', out, '--save', 'cutout')
    assert str(photo) in error and str(other) in error
    Image.fromarray(noise(9, 8)).save(photo)
    assert 'skipped' not in infer(photo, '--out', out).out
    assert read(out / 'map/x.png').shape == (8, 9)
    assert infer(other, '--out', out, '--overwrite').returncode == 0
    assert read(out / 'map/x.png').shape == (6, 7)


@pytest.mark.parametrize('times', [(1e9, 1e9), None])
def test_a_photograph_that_was_replaced(infer, photo, tmp_path, times):
    """By an older one, and by one of the same size and time."""
    for path, level in ((photo, 0), (tmp_path / 'other.bmp', 255)):
        Image.new('L', (5, 4), level).save(path, 'bmp')
    status = photo.stat()
    assert infer(photo, '--out', tmp_path / 'out').returncode == 0
    before = read(tmp_path / 'out/map/x.png')
    os.utime(tmp_path / 'other.bmp', times or (status.st_atime, status.st_mtime))
    os.replace(tmp_path / 'other.bmp', photo)
    assert photo.stat().st_size == status.st_size
    assert '1 images' in infer(photo, '--out', tmp_path / 'out').out
    assert (read(tmp_path / 'out/map/x.png') != before).any()
    assert 'skipped 1 inputs' in infer(photo, '--out', tmp_path / 'out').out


def test_names_as_people_and_systems_have_them(infer, tmp_path):
    photos, out = tmp_path / 'photos', tmp_path / 'out'
    names = ['x' * 245, '字' * 80, 'caf\udce9', 'a\nb\x1b[31m', '-a', '12:30', 'a.', 'a.b.c']
    hidden = ['._a', '.thumbnails/t', '@eaDir/e']
    for name in names + hidden:
        (photos / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noise(5, 4)).save(photos / f'{name}.png')
    (photos / '\x1b[31mnotes\udce9.txt').touch()
    done = infer(photos, '--out', out)
    assert done.returncode == 0, done.err
    assert written(out / 'map') == sorted(f'{name}.png' for name in names)
    assert 'left out 3 hidden files and folders' in done.out
    assert r'\x1b[31mnotes\udce9.txt' in done.out and '\x1b[31m' not in done.out
    (photos / 'a\nb\x1b[31m.png').write_bytes(b'no image')
    done = infer(photos, '--out', out)
    assert done.returncode == 1 and 'skipped 7 inputs' in done.out
    assert len(done.err[done.err.index('1 inputs failed') :].strip().splitlines()) == 2
    assert r'a\nb\x1b[31m.png' in done.err


@pytest.mark.parametrize('pattern, out', [('a/**/*.png', 'a/out'), ('*', '.'), ('*/*', 'a/out')])
def test_outputs_among_the_inputs(infer, photo, tmp_path, monkeypatch, pattern, out):
    before = written(tmp_path, '*')
    error = refusal(infer, tmp_path / pattern, '--out', tmp_path / out)
    assert 'outside of the input' in error
    monkeypatch.chdir(tmp_path)
    assert 'outside of the input' in refusal(infer, pattern, '--out', out)
    assert written(tmp_path, '*') == before


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


@pytest.mark.parametrize('frames', [0, -1, 'all'])
def test_a_number_of_frames(infer, clip, tmp_path, frames):
    done = infer(clip, '--out', tmp_path / 'out', f'--frames={frames}')
    assert done.returncode == 2 and 'argument --frames: expected 1 or more' in done.err
    assert not (tmp_path / 'out').exists()


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


def test_a_webcam_is_never_skipped(infer, tmp_path):
    (tmp_path / 'map').mkdir()
    (tmp_path / 'map/webcam97.mp4').touch()
    assert 'an earlier run' in refusal(infer, 97, '--out', tmp_path)


def test_overwriting_that_is_stopped(infer, photo, tmp_path, monkeypatch):
    out = tmp_path / 'out'

    def stop(*_):
        raise KeyboardInterrupt

    assert infer(photo, '--out', out, '--save', 'map,cutout').returncode == 0
    with monkeypatch.context() as patch:
        patch.setattr('srm_mmseg.cli.infer.draw_images', stop)
        assert infer(photo, '--out', out, '--fast', '--overwrite').returncode == 130
    assert not written(out, '*.png')
    assert '1 images' in infer(photo, '--out', out, '--fast').out


def test_a_plain_run_prints_its_bar_and_its_result(model, photo, tmp_path):
    command = ('python', '-m', 'srm_mmseg', 'infer', photo, *model, '--out', tmp_path / 'out')
    done = run(*command)
    [result] = done.stdout.splitlines()
    assert result.startswith('1 images or frames in ')
    bar = [line for line in done.stderr.splitlines() if line.strip()]
    assert bar and all(re.fullmatch(r' *\d+%\|.*image(/s)?\] *', line) for line in bar)
    told = run(*command, '--overwrite', '-v')
    assert len((told.stdout + told.stderr).splitlines()) > 2


@pytest.mark.parametrize('config', ['nope.py', 'srm_r18_dmeo'])
def test_a_config_that_there_is_not_names_those_that_there_are(config, photo, tmp_path, capsys):
    arguments = ['infer', str(photo), '--out', str(tmp_path / 'out'), '--config', config]
    for checkpoint in ([], ['--checkpoint', 'w.pth']):
        with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as end:
            patch.setattr(sys, 'argv', [*arguments, *checkpoint])
            main()
        assert 'srm_r18_demo' in end.value.code


@pytest.mark.parametrize('pattern', ['a', 'a/*.heic', 'gone/*'])
def test_nothing_to_read(infer, photo, tmp_path, pattern):
    photo.rename(photo.with_suffix('.heic'))
    error = refusal(infer, tmp_path / pattern, '--out', tmp_path / 'out')
    assert f"{pattern}', but got none" in error


def test_missing_toolbox_tells_what_to_install(tmp_path):
    code = (
        'import runpy, sys; sys.modules["mmseg"] = None\n'
        f'sys.argv = ["infer", ".", "--config", "setup.py", "--checkpoint", "setup.py", "--out", {str(tmp_path)!r}]\n'
        'runpy.run_path("tools/infer.py", run_name="__main__")'
    )
    done = run('python', '-c', code, check=False)
    assert done.returncode == 1 and 'Traceback' not in done.stderr
    assert "pip install 'srm-mmseg[onedl]'" in done.stderr


# With the tool's memory: glibc's own settings let free room pile up between a thread's pictures, for
# some thousand of them.
PEAK = """
import sys
from srm_mmseg.engine.kept_memory import keep_freed_memory
keep_freed_memory()
from srm_mmseg.apis import SaliencyInferencer
from srm_mmseg.engine.peak_memory import peak_memory
config, weights, *folders = sys.argv[1:]
inferencer = SaliencyInferencer(config, weights)
for folder in folders:
    for saliency in inferencer(folder):
        saliency.cutout()
    print('peak', peak_memory())
"""


def link_photographs(shared, folder, count):
    folder.mkdir()
    for path in sorted((shared / 'data/ECSSD/images').glob('*.jpg'))[:count]:
        (folder / path.name).symlink_to(path)


@pytest.mark.slow
def test_two_hundred_photographs_and_twelve_odd_ones(infer, shared, tmp_path):
    photos, out = tmp_path / 'photos', tmp_path / 'out'
    link_photographs(shared, photos, 200)
    sizes = {path.stem: Image.open(path).size for path in photos.iterdir()} | ODD_SIZES
    write_odd_images(photos)
    write_broken_images(photos)
    assert_failures_are_named(infer(photos, '--out', out), photos)
    maps = {path.stem: Image.open(path) for path in (out / 'map').iterdir()}
    assert len(maps) == 207
    assert {stem: image.size for stem, image in maps.items()} == sizes
    assert {image.mode for image in maps.values()} == {'L'}


@pytest.mark.slow
@pytest.mark.alone
def test_memory_is_flat(shared, trained, tiny_config, tmp_path):
    link_photographs(shared, tmp_path / 'few', 40)
    link_photographs(shared, tmp_path / 'many', 400)
    command = ('python', '-c', PEAK, tiny_config, trained / 'epoch_2.pth')
    done = run(*command, tmp_path / 'few', tmp_path / 'many')
    few, many = (int(peak) for peak in re.findall(r'peak (\d+)', done.stdout))
    # 360 photographs more, each with a cut-out, are 0.2 GB of pixels.
    assert many - few < 40e6


# In a process of its own and with a thread for the network alone, as in the tool.
THROUGHPUT = """
import sys, time
from concurrent.futures import ThreadPoolExecutor
import cv2, numpy
from srm_mmseg.engine.kept_memory import keep_freed_memory
keep_freed_memory()
cv2.setNumThreads(1)
from srm_mmseg.apis import SaliencyInferencer

def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start

inferencer = SaliencyInferencer(*sys.argv[1:3])
batch = numpy.zeros((8, *inferencer.backend.scale[::-1], 3), numpy.uint8)
bare = lambda: [inferencer.backend(batch) for _ in range(6)]
for _ in range(3):
    with ThreadPoolExecutor(1) as network:
        forward = network.submit(seconds, bare).result()
    print('seconds', forward, seconds(lambda: list(inferencer(sys.argv[3]))))
"""


@pytest.mark.slow
@pytest.mark.alone
def test_throughput_is_that_of_the_network(tmp_path):
    """With the main model; a small one on few cores shares them with the decoding of files."""
    config = REPO / 'configs/srm_r50_duts.py'
    model = MODELS.build(Config.fromfile(config).model)  # random weights
    torch.save(model.state_dict(), tmp_path / 'random.pth')
    (tmp_path / 'photos').mkdir()
    for index in range(48):  # filling and draining the stream is a small part
        Image.fromarray(noise(400, 300, index)).save(tmp_path / f'photos/{index}.jpg')
    done = run('python', '-c', THROUGHPUT, config, tmp_path / 'random.pth', tmp_path / 'photos')
    rounds = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith('seconds')]
    network, whole = (min(map(float, times)) for times in zip(*rounds))
    assert network / whole >= 0.9
