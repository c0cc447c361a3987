import json

from srm_mmseg.evaluation.map_folder import FolderScore
from srm_mmseg.evaluation.score_tables import (
    as_rows,
    conventions,
    csv_table,
    json_table,
    labelled_curves,
    text_table,
)

SCORES = {
    'a,b': FolderScore(dict(MAE=0.125), 'curves of a', 9, 0, 0),
    'c': FolderScore(dict(MAE=0.25), 'curves of c', 8, 1, 2),
}
ROW = dict(MAE=0.25, n=8, missing=1, resized=2, normalize=True, gt_threshold=128)


def test_a_row_says_what_decides_its_numbers():
    rows = as_rows(SCORES, True, 128)
    assert rows['c'] == ROW and json.loads(json_table(rows)) == rows
    assert csv_table(rows).splitlines() == [
        'method,MAE,n,missing,resized,normalize,gt_threshold',
        '"a,b",0.125,9,0,0,True,128',
        'c,0.25,8,1,2,True,128',
    ]
    assert conventions(True, 128) == 'maps of 8 bits, min-max normalised; masks > 128; beta^2 = 0.3'
    assert 'not normalised; masks > 1;' in conventions(False, 1)


def test_a_table_and_a_legend():
    cells = [line.split('|')[1:-1] for line in text_table(SCORES, ['MAE']).splitlines()[3:5]]
    assert [cell.strip() for cell in cells[1]] == ['c', '0.2500', '8', '1', '2']
    assert labelled_curves(SCORES) == {'a,b': 'curves of a', 'c (1 missing)': 'curves of c'}
