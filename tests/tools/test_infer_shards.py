"""``infer --shard I/N``: several runs, on one machine or more, draw what one run draws."""

import os
import signal
import subprocess
import sys
import time

import pytest
from helpers import REPO
from infer_runs import read, written
from odd_images import noise
from PIL import Image


@pytest.fixture
def photos(tmp_path):
    """Twelve photographs, of which two differ in the suffix alone."""
    folder = tmp_path / 'photos'
    (folder / 'deep').mkdir(parents=True)
    for index in range(10):
        Image.fromarray(noise(9 + index, 7, index)).save(folder / f'{index}.png')
    Image.fromarray(noise(12, 9, 10)).save(folder / '0.bmp')
    Image.fromarray(noise(12, 9, 11)).save(folder / 'deep/0.png')
    return folder


def contents(out):
    return {name: (out / name).read_bytes() for name in written(out, '*.png')}


def test_three_shards_draw_what_one_run_draws(infer, photos, tmp_path):
    whole, parts = tmp_path / 'whole', tmp_path / 'parts'
    command = (photos, '--save', 'map,cutout', '--batch-size', 1)
    assert infer(*command, '--out', whole).returncode == 0
    for index, drawn in ((2, 2), (0, 2), (1, 8)):
        done = infer(*command, '--out', parts, '--shard', f'{index}/3')
        assert done.returncode == 0 and f'{drawn} images or frames in ' in done.out, done
        assert 'skipped' not in done.out  # each leaves the others' alone
    assert len(contents(whole)) == 24 and 'map/0.bmp.png' in contents(whole)
    assert contents(parts) == contents(whole)
    done = infer(*command, '--out', parts, '--shard', '1/3')
    assert 'skipped 8 inputs whose' in done.out and '0 images or frames in ' in done.out
    assert 'skipped 12 inputs' in infer(*command, '--out', parts).out


def test_a_video_is_drawn_by_one_shard(infer, photos, clip, tmp_path):
    out = tmp_path / 'out'
    command = (photos, clip, '--out', out, '--frames', 2)
    assert [infer(*command, '--shard', f'{index}/2').returncode for index in (1, 0)] == [0, 0]
    assert len(written(out / 'map', '*.png')) == 12 and written(out, '*.mp4') == ['map/clip.mp4']
    assert 'skipped 13 inputs' in infer(*command).out


def test_a_shard_without_inputs(infer, photo, tmp_path):
    done = [infer(photo, '--out', tmp_path / f'{i}', '--shard', f'{i}/3') for i in range(3)]
    assert [one.returncode for one in done] == [0, 0, 0]
    empty = [i for i, one in enumerate(done) if not (tmp_path / f'{i}').exists()]
    assert len(empty) == 2
    for index in empty:
        line = f'shard {index}/3 has none of 1 input: there is nothing to draw'
        assert done[index].out.splitlines() == [line]


@pytest.mark.parametrize('text', ['3/3', '/3', 'first'])
def test_a_shard_that_there_is_not(infer, photo, tmp_path, text):
    done = infer(photo, '--out', tmp_path / 'out', '--shard', text)
    assert (
        done.returncode == 2
        and f'I from 0 to N-1, such as 0/8 for the first of eight, but got {text!r}' in done.err
    )
    assert not (tmp_path / 'out').exists()


def test_a_bad_file_fails_in_its_shard_alone(infer, photos, tmp_path):
    (photos / 'deep/0.png').write_bytes(b'no image')
    command = (photos, '--out', tmp_path / 'out')
    done = [infer(*command, '--shard', f'{index}/3') for index in range(3)]
    assert sorted(one.returncode for one in done) == [0, 0, 1]
    assert len(written(tmp_path / 'out/map')) == 11


def kill_once_it_draws(command, out):
    """Start a run and kill it when it has written a picture; whether it was in its midst."""
    process = subprocess.Popen(command, env={**os.environ, 'PYTHONPATH': str(REPO)})
    while process.poll() is None and not written(out, '[!.]*.png'):
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


@pytest.mark.slow
def test_a_killed_shard_goes_on_beside_another(tmp_path):
    photos, whole, out = (tmp_path / name for name in ('photos', 'whole', 'out'))
    photos.mkdir()
    for index in range(60):
        Image.fromarray(noise(90, 70, index)).save(photos / f'{index}.png')
    start = (sys.executable, '-m', 'srm_mmseg', 'infer', photos, '--batch-size', '1')
    subprocess.run([*start, '--out', whole], check=True, cwd=REPO)
    first = [*start, '--out', out, '--shard', '0/2']
    second = subprocess.Popen([*start, '--out', out, '--shard', '1/2'], cwd=REPO)
    assert kill_once_it_draws([*start, '--out', out, '--shard', '0/2'], out)
    assert second.wait() == 0 and len(written(out, '[!.]*.png')) < 60
    subprocess.run(first, check=True, cwd=REPO)
    pictures = written(whole, '*.png')
    assert pictures == written(out, '[!.]*.png') and len(pictures) == 60
    assert all((read(out / name) == read(whole / name)).all() for name in pictures)
    done = subprocess.run([*start, '--out', out], check=True, cwd=REPO, capture_output=True)
    assert b'skipped 60 inputs' in done.stdout
