from collections import Counter

import pytest
from datasets.checks.injector import INJECTIONS, Injector, write_clean_set

from srm_mmseg.datasets.checks.finding import FAULTS
from srm_mmseg.datasets.checks.folders import SetFolders
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


def test_every_injected_fault_is_found_and_none_invented(clean_set):
    injector = Injector(clean_set)
    for inject in INJECTIONS:
        inject(injector)
    expected, found = Counter(injector.expected), Counter(findings(clean_set))
    assert expected - found == Counter(), 'not found'
    assert found - expected == Counter(), 'invented'
    assert sum(kind in FAULTS for _, kind in expected) >= 25
