"""What a run of infer finds drawn already, and what it refuses to draw."""

import os

import pytest
from infer_runs import read, refusal, written
from odd_images import noise
from PIL import Image


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


def test_a_failed_start_leaves_no_note(infer, photo, tmp_path):
    out = tmp_path / 'out'
    assert 'batch_size to be 1' in refusal(infer, photo, '--out', out, '--batch-size', 0)
    assert "got 'gpu'" in refusal(infer, photo, '--out', out, '--device', 'gpu')
    assert not out.exists()
    out.mkdir()
    (out / 'model.json').write_text('{')
    error = refusal(infer, photo, '--out', out)
    assert 'model.json' in error and 'Remove the file' in error


def test_pictures_of_another_file_or_an_older_one(infer, photo, tmp_path):
    out, other = tmp_path / 'out', tmp_path / 'b/x.png'
    other.parent.mkdir()
    Image.fromarray(noise(7, 6)).save(other)
    assert infer(photo, '--out', out).returncode == 0
    assert 'skipped 1 input ' in infer(photo, '--out', out).out
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
    assert '1 image or frame ' in infer(photo, '--out', tmp_path / 'out').out
    assert (read(tmp_path / 'out/map/x.png') != before).any()
    assert 'skipped 1 input ' in infer(photo, '--out', tmp_path / 'out').out


@pytest.mark.parametrize('pattern, out', [('a/**/*.png', 'a/out'), ('*', '.'), ('*/*', 'a/out')])
def test_outputs_among_the_inputs(infer, photo, tmp_path, monkeypatch, pattern, out):
    before = written(tmp_path, '*')
    error = refusal(infer, tmp_path / pattern, '--out', tmp_path / out)
    assert 'outside of the input' in error
    monkeypatch.chdir(tmp_path)
    assert 'outside of the input' in refusal(infer, pattern, '--out', out)
    assert written(tmp_path, '*') == before


def test_overwriting_that_is_stopped(infer, photo, tmp_path, monkeypatch):
    out = tmp_path / 'out'

    def stop(*_):
        raise KeyboardInterrupt

    assert infer(photo, '--out', out, '--save', 'map,cutout').returncode == 0
    with monkeypatch.context() as patch:
        patch.setattr('srm_mmseg.cli.infer.draw_images', stop)
        assert infer(photo, '--out', out, '--fast', '--overwrite').returncode == 130
    assert not written(out, '*.png')
    assert '1 image or frame ' in infer(photo, '--out', out, '--fast').out
