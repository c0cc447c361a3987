import shutil
from dataclasses import dataclass

import pytest
from datasets.checks.injector import write_clean_set

from srm_mmseg.datasets.checks.clean_copy import (
    clean_pairs,
    clean_targets,
    copy_pairs,
    write_clean,
    write_list,
)
from srm_mmseg.datasets.checks.folders import SetFolders
from srm_mmseg.datasets.checks.set_check import check_leaks, check_set
from srm_mmseg.datasets.stems import read_stems


def folders_of(root, is_training=False):
    return SetFolders(root.name, is_training, str(root / 'images'), str(root / 'masks'))


@dataclass
class Sets:
    train: SetFolders
    test: SetFolders

    def check(self):
        reports = [check_set(self.train), check_set(self.test)]
        findings = [finding for report in reports for finding in report.findings]
        return reports, findings + check_leaks(reports)


@pytest.fixture
def sets(tmp_path):
    """A training set whose pair 1 is in the test set as well."""
    train, test = tmp_path / 'train', tmp_path / 'test'
    write_clean_set(train, 4, seed=1)
    write_clean_set(test, 3, seed=2)
    shutil.copyfile(train / 'images/001.jpg', test / 'images/zz.jpg')
    shutil.copyfile(train / 'masks/001.png', test / 'masks/zz.png')
    return Sets(folders_of(train, True), folders_of(test))


def test_a_leak_goes_from_the_training_set(sets):
    reports, findings = sets.check()
    assert [(f.kind, f.file, f.other) for f in findings] == [
        ('leak', f'{sets.test.images}/zz.jpg', f'{sets.train.images}/001.jpg')
    ]
    left = [[pair.stem for pair in clean_pairs(report, findings)] for report in reports]
    assert left == [['000', '002', '003'], ['000', '001', '002', 'zz']]


def test_a_copy_without_faults(sets, tmp_path):
    reports, findings = sets.check()
    copies = [report.folders._replace(images='', masks='') for report in reports]
    for index, report in enumerate(reports):
        target = tmp_path / f'clean{index}'
        copy_pairs(clean_pairs(report, findings), report.folders, target)
        copies[index] = folders_of(target, report.folders.is_training)
    assert Sets(*copies).check()[1] == []


def test_where_it_is_open_which_is_right_both_go(sets, tmp_path):
    masks = tmp_path / 'train/masks'
    shutil.copyfile(tmp_path / 'train/images/000.jpg', tmp_path / 'train/images/003.jpg')
    shutil.copyfile(masks / '002.png', masks / '003.png')
    report = check_set(sets.train)
    assert 'duplicate_image' in {finding.kind for finding in report.findings}
    left = [pair.stem for pair in clean_pairs(report, report.findings)]
    assert left == ['001', '002']


def test_a_list_has_a_stem_a_line(sets, tmp_path):
    report = check_set(sets.train)
    pairs = clean_pairs(report, report.findings)
    assert write_list(pairs, sets.train.image_suffixes, tmp_path / 'new/list.txt') == []
    assert (tmp_path / 'new/list.txt').read_text() == '000\n001\n002\n003\n'


@pytest.mark.parametrize(
    'stem', [' a', 'a ', 'a\nb', 'a.jpg', b'caf\xe9'.decode('utf-8', 'surrogateescape')]
)
def test_a_stem_that_a_line_cannot_hold_is_left_out(stem, sets, tmp_path):
    for path in (tmp_path / 'train/images/000.jpg', tmp_path / 'train/masks/000.png'):
        path.rename(path.with_name(stem + path.suffix))
    report = check_set(sets.train)
    pairs = clean_pairs(report, report.findings)
    assert len(pairs) == 4
    left_out = write_list(pairs, sets.train.image_suffixes, tmp_path / 'list.txt')
    assert [pair.stem for pair in left_out] == [stem]
    assert read_stems(tmp_path / 'list.txt', '.jpg') == ['001', '002', '003']


def test_the_source_is_not_written_to(sets, tmp_path):
    link = tmp_path / 'link'
    link.symlink_to(sets.train.masks)
    for target in (tmp_path / 'train/images', tmp_path / 'train/masks/a/b', link / 'list.txt'):
        with pytest.raises(ValueError, match='outside the data set.*Name another'):
            clean_targets(target, [sets.train])
    for target in (tmp_path / 'train', tmp_path):
        with pytest.raises(FileExistsError, match='new file or folder.*Name another'):
            clean_targets(target, [sets.train])
    clean = tmp_path / 'train/clean.txt'
    assert clean_targets(clean, [sets.train]) == [clean]


def test_each_of_several_sets_has_a_target_that_does_not_exist(sets, tmp_path):
    both = [sets.train, sets.test]
    names = [path.name for path in clean_targets(tmp_path / 'clean.txt', both)]
    assert names == ['clean-train.txt', 'clean-test.txt']
    (tmp_path / 'clean-test.txt').write_text('mine')
    with pytest.raises(FileExistsError, match=r'clean-test\.txt'):
        clean_targets(tmp_path / 'clean.txt', both)


def test_a_list_or_a_copy_for_each_set(sets, tmp_path):
    reports, findings = sets.check()
    lines = write_clean(reports, findings, [tmp_path / 'a.txt', tmp_path / 'b'])
    assert lines == [f'3 of 4 pairs: {tmp_path}/a.txt', f'4 of 4 pairs: {tmp_path}/b']
    assert (tmp_path / 'a.txt').read_text().split() == ['000', '002', '003']
    assert len(list((tmp_path / 'b/images').iterdir())) == 4
