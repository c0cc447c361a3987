import os

import pytest
from datasets.checks.injector import write_clean_set

from srm_mmseg.datasets.checks.jpeg_damage import damaged_jpegs


@pytest.fixture
def paths(tmp_path):
    write_clean_set(tmp_path, 3)
    return sorted((tmp_path / 'images').iterdir())


def damage(path):
    data = path.read_bytes()
    half = len(data) // 2
    path.write_bytes(data[:half] + bytes(1000) + data[half + 1000 :])


def test_the_damaged_file_is_named(paths):
    assert damaged_jpegs(list(map(str, paths))) == []
    damage(paths[1])
    (finding,) = damaged_jpegs(list(map(str, paths)))
    assert finding.file == str(paths[1]) and finding.kind == 'corrupt_file'
    assert 'Corrupt JPEG data' in finding.detail


def test_other_formats_are_left_out_and_a_jpeg_of_another_name_is_not(paths):
    damage(paths[0])
    named_png = paths[0].rename(paths[0].with_suffix('.png'))
    mask = paths[0].parents[1] / 'masks/001.png'
    assert [finding.file for finding in damaged_jpegs([str(named_png), str(mask)])] == [
        str(named_png)
    ]


def test_the_standard_error_is_restored(paths, capfd):
    damage(paths[1])
    damaged_jpegs(list(map(str, paths)))
    os.write(2, b'still here')
    assert capfd.readouterr().err.endswith('still here')
    with pytest.raises(FileNotFoundError):
        damaged_jpegs(['gone.jpg'])
    os.write(2, b'and here')
    assert capfd.readouterr().err.endswith('and here')
