import zipfile

import pytest
from helpers import run
from PIL import Image
from sod_trees import write_tree


def prepare(*args, **kwargs):
    return run('python', 'tools/prepare_dataset.py', *args, **kwargs)


def test_archives_to_data(tmp_path):
    tree = write_tree('DUTS-TR', tmp_path / 'tree')
    Image.new('L', (9, 9)).save(tree / 'DUTS-TR-Mask/2.png')
    for index in range(7):
        (tree / f'DUTS-TR-Mask/extra{index}.jpg').touch()
    archive = tmp_path / 'DUTS-TR.zip'
    with zipfile.ZipFile(archive, 'w') as out:
        for path in tree.rglob('*.*'):
            out.write(path, path.relative_to(tree))
    command = ('DUTS-TR', archive, '--num-pairs', 3)
    done = prepare(*command, data=tmp_path / 'data')
    assert 'left out, not a .png file, as the masks are: 7' in done.stdout
    assert 'DUTS-TR-Mask/extra4.jpg\n  ... (--list names them all)' in done.stdout
    assert '2: image of 40x31, mask of 9x9' in done.stdout
    usable = tmp_path / 'data/DUTS/DUTS-TR/usable_DUTS-TR.txt'
    assert usable.read_text() == '1\n3\n' and f'ann_file={usable}' in done.stdout
    assert '6 files written, 0 were there' in done.stdout
    assert 'writing: 100%' in done.stderr and '6/6' in done.stderr
    done = prepare(*command, '--out', tmp_path / 'data', '--list')
    assert '0 files written, 6 were there' in done.stdout and 'extra6.jpg' in done.stdout


def test_lists_of_two_sets_in_one_folder(tmp_path):
    for name in ('DIS-TE1', 'DIS-TE2'):
        tree = write_tree(name, tmp_path / name)
        Image.new('L', (9, 9)).save(tree / f'{name}/gt/{name[-1]}.png')
        done = prepare(name, tree, '--num-pairs', 3, '--out', tmp_path / 'data')
        assert f'3 pairs in {tmp_path}/data/DIS5K;' in done.stdout
    lists = {path.name: path.read_text() for path in (tmp_path / 'data/DIS5K').glob('*.txt')}
    assert lists == {'usable_DIS-TE1.txt': '2\n3\n', 'usable_DIS-TE2.txt': '1\n3\n'}


def test_what_is_unverified_is_said(tmp_path):
    tree = write_tree('DAVIS-S', tmp_path / 'tree')
    done = prepare('DAVIS-S', tree, '--num-pairs', 3, '--out', tmp_path / 'data')
    assert 'DAVIS-S (layout and count unverified); 6 files written' in done.stdout


def test_official_count_and_no_traceback(tmp_path):
    tree = write_tree('ECSSD', tmp_path / 'tree')
    done = prepare('ECSSD', tree, '--out', tmp_path / 'data', check=False)
    assert done.returncode == 1 and done.stderr.startswith('error: Expected 1000 pairs')
    assert 'but got 3: 3 images, 3 masks' in done.stderr
    assert not (tmp_path / 'data').exists()


def test_unknown_name(tmp_path):
    done = prepare('DUTS', tmp_path, check=False)
    assert done.returncode == 2 and 'DUTS-TR' in done.stderr


@pytest.mark.parametrize(
    ('name', 'hint'),
    [('HRSOD', 'HRSOD-TR, HRSOD-TE?'), ('DUT-TR', 'DUTS-TR'), ('pascals', 'PASCAL-S')],
)
def test_a_name_that_is_nearly_one(name, hint, tmp_path):
    done = prepare(name, tmp_path, check=False)
    assert done.returncode == 2 and repr(name) in done.stderr and hint in done.stderr


def test_a_name_in_any_case(tmp_path):
    done = prepare('ecssd', tmp_path, check=False)
    assert done.returncode == 1 and "'ecssd'" not in done.stderr
    assert 'ground_truth_mask' in done.stderr  # a folder of ECSSD's
