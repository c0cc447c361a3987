import shutil

import pytest
from datasets.checks.injector import COPIES, INJECTIONS, Injector
from PIL import Image

from srm_mmseg.datasets.checks.finding import FAULTS
from srm_mmseg.datasets.checks.folders import SetFolders
from srm_mmseg.datasets.checks.set_check import check_leaks, check_set

PLANTED = 10  # photographs of each kind of change


@pytest.fixture
def ecssd(shared):
    return shared / 'data/ECSSD'


def copied(ecssd, root):
    """Copy the set to folders that can be written to."""
    for source, name in (('images', 'images'), ('ground_truth_mask', 'masks')):
        shutil.copytree(ecssd / source, root / name, copy_function=shutil.copyfile)
        (root / name).chmod(0o755)
    return root


def test_every_fault_injected_into_photographs_is_found_and_no_other(ecssd, tmp_path):
    root = copied(ecssd, tmp_path / 'set')
    injector = Injector(root)
    for inject in INJECTIONS:
        inject(injector)
    injected = [(file, kind) for file, kind in injector.expected if kind in FAULTS]
    folders = SetFolders('set', False, str(root / 'images'), str(root / 'masks'))
    found = [(f.file, f.kind) for f in check_set(folders, jobs=2).findings if f.is_fault]
    assert sorted(found) == sorted(injected)
    assert len({kind for _, kind in injected}) >= 25


def test_copies_of_training_photographs_in_a_test_set_are_found(ecssd, tmp_path):
    part = str(ecssd / 'images'), str(ecssd / 'ground_truth_mask'), ('.jpg',), ('.png',)
    train = SetFolders('train', True, *part, ann_file=str(ecssd / 'train.txt'))
    val = SetFolders('val', False, *part, ann_file=str(ecssd / 'val.txt'))
    stems = iter((ecssd / 'train.txt').read_text().split())
    for folder in ('images', 'masks'):
        (tmp_path / folder).mkdir()
    planted = set()
    for name, change in COPIES.items():
        for stem in (next(stems) for _ in range(PLANTED)):
            source, copy = ecssd / f'images/{stem}.jpg', tmp_path / f'images/{name}{stem}.jpg'
            change(Image.open(source)).save(copy, quality=40)
            mask = Image.open(ecssd / f'ground_truth_mask/{stem}.png')
            change(mask).save(tmp_path / f'masks/{name}{stem}.png')
            planted.add((str(copy), 'near_leak', str(source)))
    test = SetFolders('test', False, str(tmp_path / 'images'), str(tmp_path / 'masks'))
    found = check_leaks([check_set(folders, jobs=2) for folders in (train, val, test)])
    assert len(found) == len(planted) == PLANTED * len(COPIES)
    assert {(leak.file, leak.kind, leak.other) for leak in found} == planted
