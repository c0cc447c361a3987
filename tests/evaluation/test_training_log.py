import pytest
from logs import SCORES, train_row, write

from srm_mmseg.evaluation.training_log import choose, read_curves


def test_losses_by_stage_and_scores_where_they_were_taken(tmp_path):
    rows = (train_row(10, 0.5), train_row(20, 0.4), SCORES, train_row(30, 0.3))
    losses, scores = read_curves(write(tmp_path, *rows))
    assert list(losses) == ['loss_s1', 'loss_s2', 'loss_s3']
    assert losses['loss_s2'] == [(10, 1.0), (20, 0.8), (30, 0.6)]
    assert scores == {'MAE': [(20, 0.2)], 'Sm': [(20, 0.7)]}


def test_a_resumed_run_goes_on_where_it_was_resumed(tmp_path):
    write(tmp_path / '1', train_row(10, 0.5), train_row(20, 0.4), SCORES, train_row(30, 9.0))
    write(tmp_path / '2', train_row(25, 0.3), {**SCORES, 'MAE': 0.1})
    losses, scores = read_curves(tmp_path)
    assert losses['loss_s1'] == [(10, 0.5), (20, 0.4), (25, 0.3)]
    assert scores['MAE'] == [(20, 0.2), (25, 0.1)]


def test_terms_of_a_stage_are_added(tmp_path):
    write(tmp_path / '1', train_row(10, 0.5))
    terms = {'decode.loss_s1_ce': 0.25, 'decode.loss_s1_iou': 0.5, 'decode.loss_s2_ce': 1.5}
    write(tmp_path / '2', {'iter': 20, 'loss': 9.0, **terms})
    losses, _ = read_curves(tmp_path)
    assert losses == {
        'loss_s1': [(10, 0.5), (20, 0.75)],
        'loss_s2': [(10, 1.0), (20, 1.5)],
        'loss_s3': [(10, 1.5)],
    }


def test_a_log_that_is_still_written(tmp_path):
    path = write(tmp_path, train_row(10, 0.5), tail='{"decode.lo')
    with pytest.warns(match=f'the last line of {str(path)!r} is cut off; left out'):
        assert read_curves(path)[0]['loss_s1'] == [(10, 0.5)]


@pytest.mark.parametrize(
    ('rows', 'tail', 'expected'),
    [
        ([train_row(10, 0.5)], 'x\n{}\n', 'line 2 of'),
        ([], 'x', 'line 1 of'),
        ([[1]], '', 'line 1 of'),
        ([{'iter': 10, 'lr': 0.1}], '', 'Expected losses loss_s1'),
    ],
)
def test_another_file_is_named(tmp_path, rows, tail, expected):
    path = write(tmp_path, *rows, tail=tail)
    with pytest.raises(ValueError, match=expected) as error:
        read_curves(path)
    assert str(path) in str(error.value)


def test_scores_of_stages_are_curves_of_their_own(tmp_path):
    write(tmp_path / '1', train_row(20, 0.5), {'MAE': 0.1, 'S1/MAE': 0.3, 'step': 1})
    _, scores = read_curves(tmp_path)
    assert choose(scores, ['S1/MAE'], tmp_path) == {'S1/MAE': [(20, 0.3)]}
