"""An ablation from the command line: trained once, gone on with, refused where a config has changed."""

import json
import re

import pytest
from helpers import run


@pytest.fixture
def rows(tiny_config, tmp_path):
    """Two rows of a tiny model, of which the second lacks pyramid pooling."""
    change = dict(whole='', bare='model = dict(neck=dict(pool_scales=()))\n')
    paths = []
    for name, line in change.items():
        path = tmp_path / f'{name}.py'
        path.write_text(
            f'# The row {name}: tiny.\n_base_ = {str(tiny_config)!r}\n'
            f"val_evaluator = dict(type='SODMetric', stages=True)\n"
            f'train_cfg = dict(max_epochs=1)\n{line}'
        )
        paths.append(path)
    return paths


@pytest.mark.slow
def test_rows_are_trained_once_and_shown(rows, toy_data, tmp_path):
    work = tmp_path / 'work'

    def ablate(*args, **kwargs):
        command = ('python', 'tools/ablate.py', *rows, '--work-dir', work, *args)
        return run(*command, data=toy_data, **kwargs)

    missing = ablate('nothing.py', check=False)
    assert missing.returncode and "got 'nothing.py'" in missing.stderr
    assert 'Traceback' not in missing.stderr
    nothing = ablate('--seeds', check=False)
    assert nothing.returncode and 'Give --seeds' in nothing.stderr
    ablate('--seeds', 0)
    runs = json.loads((work / 'ablation.json').read_text())
    assert [(each['row'], each['seed']) for each in runs] == [('whole', 0), ('bare', 0)]
    assert runs[0]['gmac'] > runs[1]['gmac'] and list(runs[0]['scores']) == ['S1', 'S2', 'S3']
    assert runs[0]['scores'] != runs[1]['scores']

    before = {path: path.stat().st_mtime_ns for path in work.rglob('*.pth')}
    both = list(runs)
    runs.pop()  # as if it had been killed before it noted the second run, which is not trained again
    (work / 'ablation.json').write_text(json.dumps(runs))
    done = ablate('--seeds', 0)
    assert {path: path.stat().st_mtime_ns for path in work.rglob('*.pth')} == before
    assert '`bare`' in done.stdout
    page = (work / 'ablation.md').read_text()
    assert 'The row bare' in page and re.search(r'\| `bare` *\| S3 ', page)
    assert (work / 'images/ablation.png').stat().st_size > 5000

    (work / 'ablation.json').unlink()  # the folder of the run tells too
    rows[1].write_text(rows[1].read_text().replace('()', '(2,)'))
    changed = ablate('--seeds', 0, check=False)
    assert changed.returncode and 'bare-seed0' in changed.stderr and 'Remove' in changed.stderr
    assert json.loads((work / 'ablation.json').read_text()) == runs[:1]

    (work / 'ablation.json').write_text(json.dumps(both))
    rows[1].write_text(rows[1].read_text().replace('()', '(1,)'))
    changed = ablate('--seeds', 0, check=False)
    assert changed.returncode and 'bare' in changed.stderr and 'has changed since' in changed.stderr

    rows[1].write_text(rows[1].read_text().replace('pool_scales', 'pool_scale'))
    failed = ablate('--seeds', 1, '--json', work / 'other.json', check=False)
    assert failed.returncode and 'pool_scale' in failed.stderr
    assert [each['row'] for each in json.loads((work / 'other.json').read_text())] == ['whole']
