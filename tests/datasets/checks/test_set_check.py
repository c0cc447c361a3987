from collections import Counter

import pytest
from datasets.checks.injector import INJECTIONS, Injector, write_clean_set
from PIL import Image

from srm_mmseg.datasets.checks.finding import FAULTS
from srm_mmseg.datasets.checks.folders import SetFolders, pair_files
from srm_mmseg.datasets.checks.set_check import check_set


def findings(root):
    folders = SetFolders('set', False, str(root / 'images'), str(root / 'masks'))
    return [(finding.file, finding.kind) for finding in check_set(folders, jobs=2).findings]


@pytest.fixture(scope='module')
def clean_set(tmp_path_factory):
    root = tmp_path_factory.mktemp('clean')
    write_clean_set(root, 100)
    return root


def test_a_clean_set_has_no_finding(clean_set):
    assert findings(clean_set) == []


def test_another_number_of_pairs_than_expected(tmp_path):
    write_clean_set(tmp_path, 3)
    (tmp_path / 'masks/002.png').unlink()
    (tmp_path / 'list.txt').write_text('000\n')
    folders = SetFolders('set', True, str(tmp_path / 'images'), str(tmp_path / 'masks'))

    def counts(**changes):
        found = pair_files(folders._replace(**changes))[1]
        return [(one.file, one.detail) for one in found if one.kind == 'wrong_count']

    detail = f'2 complete pairs with {folders.masks}, but num_pairs is 3'
    assert counts(num_pairs=3) == [(folders.images, detail)]
    assert counts(num_pairs=2) == counts() == []
    assert counts(num_pairs=3, ann_file=str(tmp_path / 'list.txt')) == []


def test_black_masks_are_a_fault_but_where_a_set_may_have_them(tmp_path):
    write_clean_set(tmp_path, 3)
    for name in ('001', '002'):
        with Image.open(tmp_path / f'masks/{name}.png') as mask:
            Image.new('L', mask.size).save(tmp_path / f'masks/{name}.png')
    night = Image.effect_noise(mask.size, 2).point(lambda level: level - 125)  # dark as its mask
    night.convert('RGB').save(tmp_path / 'images/002.jpg', quality=100)
    folders = SetFolders('set', False, str(tmp_path / 'images'), str(tmp_path / 'masks'))

    def found(**changes):
        findings = check_set(folders._replace(**changes)).findings
        return [(one.kind, one.is_fault) for one in findings if '/masks/' in one.file]

    assert found() == [('empty_mask', True)] * 2
    assert found(empty_masks=True) == [('no_object', False)] * 2
    kinds = {one.kind for one in check_set(folders._replace(empty_masks=True)).findings}
    assert kinds <= {'no_object', 'grey_as_rgb'}


def test_every_injected_fault_is_found_and_none_invented(clean_set):
    injector = Injector(clean_set)
    for inject in INJECTIONS:
        inject(injector)
    expected, found = Counter(injector.expected), Counter(findings(clean_set))
    assert expected - found == Counter(), 'not found'
    assert found - expected == Counter(), 'invented'
    assert sum(kind in FAULTS for _, kind in expected) >= 25
