"""What is made of an ablation's runs: differences seed by seed, verdicts, the page."""

import json
from argparse import Namespace

import pytest
from helpers import REPO
from mmengine.config import Config

from srm_mmseg.ablation.chart import limits, save_chart
from srm_mmseg.ablation.report import page, verdict
from srm_mmseg.ablation.rows import CLAIMS, FOLDER, ROWS, Claim
from srm_mmseg.ablation.runs import (
    SHOWN,
    Run,
    Spread,
    differences,
    read_runs,
    with_run,
    write_runs,
)
from srm_mmseg.config_names import purpose
from srm_mmseg.jobs import ablate
from srm_mmseg.jobs.ablate import claim, digest, introduction, refuse_unscored, rows_of

GAINS = Claim('later is better', ('new', 'S2'), ('old', 'S1'))


def scores(f, mae):
    return {'maxF_pr': f, 'MAE': mae, 'wF': f - 0.1, 'Sm': f}


def run_of(row, seed, f, mae):
    stages = {'S1': scores(f - 0.1, mae + 0.1), 'S2': scores(f, mae)}
    return Run(row, seed, 'digest', 1.0, 2.0, stages)


@pytest.fixture
def runs():
    return [
        run_of('new', 1, 0.70, 0.20),
        run_of('new', 0, 0.90, 0.10),
        run_of('old', 0, 0.80, 0.12),
        run_of('old', 1, 0.75, 0.25),
        run_of('old', 2, 0.10, 0.90),
    ]


def test_differences_pair_the_seeds_that_both_rows_have(runs):
    found = differences(runs, ('new', 'S2'), ('old', 'S2'), 'maxF_pr')
    assert found == pytest.approx([0.10, -0.05])
    assert Spread(found).text() == '+0.025 ± 0.106'
    assert str(Spread([0.25])) == '0.250'
    assert differences(runs[:1], ('new', 'S2'), ('old', 'S2'), 'MAE') == []


def test_a_claim_holds_where_all_seeds_agree(runs):
    assert verdict(runs, GAINS) == 'yes'
    back = Claim('back', GAINS.worse, GAINS.better)
    assert verdict(runs, back) == 'no'
    # Seed 1 is worse in F, and better in MAE as seed 0 is.
    assert verdict(runs, Claim('mixed', ('new', 'S2'), ('old', 'S2'))) == 'in MAE'
    others = [
        runs[0],
        run_of('old', 1, 0.6, 0.1),
        runs[1],
        runs[2],
        run_of('new', 2, 0, 0.9),
        runs[4],
    ]
    assert verdict(runs[:1] + runs[3:4], GAINS) == '-'  # one seed
    assert verdict(others, Claim('mixed', ('new', 'S2'), ('old', 'S2'))) == 'not told apart'


def test_runs_are_lines_of_a_file(runs, tmp_path):
    path = tmp_path / 'a/runs.json'
    assert read_runs(path) == []
    write_runs(runs, path)
    assert read_runs(path) == runs
    assert len(path.read_text().splitlines()) == len(runs) + 2
    path.write_text('[{"row": "new"}]')
    with pytest.raises(ValueError, match=r'runs\.json.*seed.*--json'):
        read_runs(path)


def test_a_row_has_one_run_a_seed(runs):
    again = run_of('new', 0, 0.5, 0.5)
    added = with_run(runs, again)
    assert added == [runs[0], *runs[2:], again]
    assert with_run(added, run_of('new', 2, 0.6, 0.6))[:-1] == added


def test_the_page_has_each_row_and_stage(runs):
    text = page(runs, {'old': 'as it was', 'new': 'another way'}, 'Intro.', 'images/a.png')
    assert '| `old` | as it was   | 3     | 1.00 | 2.00         | 0.550 ± 0.391 |' in text
    assert '| `new` | −0.025 ± 0.106 |' not in text and '| `new` | +0.025 ± 0.106 |' in text
    assert text.count('| `new` | S1') == 1 and 'images/a.png' in text
    assert '- maxF_pr: `new`, 0.800' in text and '- MAE: `new`, 0.150' in text
    assert 'paper claims' not in text  # its rows were not run


def test_the_chart_shows_where_values_differ(runs, tmp_path):
    save_chart(runs, ['old', 'new'], tmp_path / 'images/a.png')
    assert (tmp_path / 'images/a.png').stat().st_size > 5000
    assert limits([0.5, 0.6]) == pytest.approx((0.47, 0.63))
    assert limits([0.5]) == pytest.approx((0.49, 0.51))


def test_each_row_changes_one_thing():
    assert sorted(ROWS) == sorted(path.stem for path in FOLDER.glob('*.py'))
    full = Config.fromfile(FOLDER / 'full.py')
    digests = {digest(full)}
    for row in ROWS[1:]:
        config = Config.fromfile(FOLDER / f'{row}.py')
        for key in set(full) - {'model'}:
            assert config[key] == full[key], (row, key)
        digests.add(digest(config))
    assert len(digests) == len(ROWS)
    assert {row for claim in CLAIMS for row, _ in (claim.better, claim.worse)} <= set(ROWS)


def test_rows_have_names_of_their_own(tmp_path):
    path = tmp_path / 'full.py'
    path.touch()
    with pytest.raises(ValueError, match='different names'):
        rows_of([str(FOLDER / 'full.py'), str(path)])


def test_a_run_of_another_config_is_refused(tmp_path):
    folder = tmp_path / 'full-seed0'
    claim(folder, 'before')
    claim(folder, 'now')  # nothing was trained yet
    (folder / 'epoch_1.pth').touch()
    claim(folder, 'now')
    with pytest.raises(ValueError, match=r'full-seed0.*as it is now \(later\).*says now. Remove'):
        claim(folder, 'later')
    (folder / 'config_digest.txt').unlink()
    with pytest.raises(ValueError, match='says None'):
        claim(folder, 'now')


def test_rows_that_would_not_be_scored_are_refused(tmp_path):
    path = tmp_path / 'row.py'
    for evaluator in (dict(type='SODMetric'), [dict(type='SODMetric', stages=False)], None):
        path.write_text(f'val_evaluator = {evaluator!r}')
        with pytest.raises(ValueError, match=r'row\.py.*stages=True'):
            refuse_unscored([str(path)])
    refuse_unscored([str(FOLDER / f'{row}.py') for row in ROWS])


def test_ctrl_c_ends_in_a_line(tmp_path, monkeypatch, capsys):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(ablate, 'train_all', stop)
    args = Namespace(configs=[], seeds=[0], work_dir=tmp_path, json=None, report=None)
    with pytest.raises(SystemExit) as end:
        ablate.run(args)
    assert end.value.code == 130
    assert capsys.readouterr().err == 'interrupted: the same command goes on\n'


def test_a_config_is_told_by_what_counts_wherever_its_data_lies():
    config = Config.fromfile(FOLDER / 'full.py')
    before = digest(config)
    config.train_dataloader.dataset.data_root = 'elsewhere'
    config.work_dir = config.default_hooks.logger.interval = 3
    assert digest(config) == before
    config.load_from = 'other.pth'
    assert digest(config) != before
    config.load_from = None
    assert digest(config) == before
    config.optim_wrapper.optimizer.lr = 2e-3
    assert digest(config) != before


def test_the_page_of_the_documents_is_that_of_its_runs():
    runs = read_runs(REPO / 'docs/ablation.json')
    rows = [row for row in ROWS if any(run.row == row for run in runs)]
    titles = {row: purpose(FOLDER / f'{row}.py') for row in rows}
    text = (REPO / 'docs/ablation.md').read_text()
    intro = introduction(FOLDER / 'full.py')
    assert text == page(runs, titles, intro, 'images/ablation.png')
    for run in runs:
        assert run.config == digest(Config.fromfile(FOLDER / f'{run.row}.py')), run.row
        assert set(SHOWN) <= set(run.scores[run.last_stage])
    assert json.loads((REPO / 'docs/ablation.json').read_text())
