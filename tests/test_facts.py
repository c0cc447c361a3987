"""What stands once in the code is what documents say."""

import re

import pytest
from helpers import REPO

from srm_mmseg.datasets.saliency_mask import THRESHOLD
from srm_mmseg.datasets.standard_sets import STANDARD_SETS
from srm_mmseg.evaluation.measures import MEASURES, RECORDS

DOCUMENTS = '\n'.join(
    path.read_text() for path in (REPO / 'README.md', *sorted((REPO / 'docs').rglob('*.md')))
)


def test_the_table_of_measures_names_all_of_them():
    [table] = re.findall(r'^\| key \| what \|\n.*?\n\n', DOCUMENTS, re.DOTALL | re.MULTILINE)
    rows = table.strip().splitlines()[2:]
    keys = [key for row in rows for key in re.findall(r'`(\w+)`', row.split('|')[1])]
    assert tuple(keys) == MEASURES
    named = [re.search(r'\((.* et al\., \w+ \d{4})\)', row) for row in rows]
    papers = {found[1] for found in named if found}
    assert len(papers) == 3 and papers <= {record.paper for record in RECORDS.values()}


@pytest.mark.parametrize('name', STANDARD_SETS)
def test_the_table_of_data_sets_is_of_the_records(name):
    one = STANDARD_SETS[name]
    [row] = [line for line in DOCUMENTS.splitlines() if line.startswith(f'| `{name}` ')]
    _, _, pairs, folders, layout, archives, *_ = [cell.strip() for cell in row.split('|')]
    places = [
        f'`{one.root}/{folder.replace("*", "CLASS")}/*{suffix}`'
        for folder, suffix in ((one.images, one.image_suffix), (one.masks, one.mask_suffix))
    ]
    assert pairs == f'{one.num_pairs:,}' and folders == ', '.join(places)
    assert layout == one.standing
    sources = [
        line
        for line in DOCUMENTS.splitlines()
        if line.startswith(f'| {one.paper} | <{one.source}> |')
    ]
    assert len(sources) == 1 and f'`{name}`' in sources[0]
    assert archives == ', '.join(f'`{archive}`' for archive in one.archives)


def test_the_number_of_data_sets():
    said = re.findall(r'(\d+) standard sets\]\(docs/datasets|resumable; (\d+) sets', DOCUMENTS)
    assert [one for pair in said for one in pair if one] == [str(len(STANDARD_SETS))] * 2


def test_the_threshold_of_masks():
    assert f'foreground is above {THRESHOLD} of 255' in DOCUMENTS
    assert f'salient is above {THRESHOLD} of 255' in DOCUMENTS
