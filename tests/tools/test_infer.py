"""A folder of anything from the command line."""

import re
import shutil
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from helpers import run
from infer_runs import assert_failures_are_named, read, refusal, written
from odd_images import ODD_SIZES, noise, write_broken_images, write_odd_images
from PIL import Image

from srm_mmseg.cli.infer import main


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
    assert 'left out 1 file that' in done.out and '12 images' in done.out
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
    assert 'skipped 11 inputs' in again.out and '1 image or frame ' in again.out
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
    assert len(done.err[done.err.index('1 input failed') :].strip().splitlines()) == 2
    assert r'a\nb\x1b[31m.png' in done.err


def inference_device():
    """The device as the tools print it: a GPU with its name."""
    return f'cuda:0 ({torch.cuda.get_device_name()})' if torch.cuda.is_available() else 'cpu'


def test_a_plain_run_prints_its_bar_and_its_result(model, photo, tmp_path):
    command = ('python', '-m', 'srm_mmseg', 'infer', photo, *model, '--out', tmp_path / 'out')
    done = run(*command)
    [runs_on, result] = done.stdout.splitlines()
    assert runs_on == f'PyTorch on {inference_device()}'
    assert result.startswith('1 image or frame in ')
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


@pytest.mark.parametrize('name', ['nothere', 'nothere.mp4'])
def test_an_input_that_there_is_not_leaves_nothing(infer, tmp_path, name):
    done = infer(tmp_path / name, '--out', tmp_path / 'new/out')
    assert done.returncode == 1 and '1 input failed:' in done.err
    assert not (tmp_path / 'new').exists()


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
