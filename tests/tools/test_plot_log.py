import json

import cv2
import pytest
from helpers import run

from srm_mmseg.cli import plot_log


def train_row(iteration, loss):
    stages = {f'decode.loss_s{stage}': loss * stage for stage in (1, 2, 3)}
    return {'lr': 0.1, 'loss': 6 * loss, 'decode.acc_seg': 90.0, 'iter': iteration, **stages}


def write(folder, *rows, tail=''):
    path = folder / 'vis_data/scalars.json'
    path.parent.mkdir(parents=True)
    path.write_text('\n'.join(map(json.dumps, rows)) + '\n' + tail)
    return path


SCORES = {'MAE': 0.2, 'Sm': 0.7, 'data_time': 0.1, 'time': 0.1, 'step': 1}


def test_losses_by_stage_and_scores_where_they_were_taken(tmp_path):
    rows = (train_row(10, 0.5), train_row(20, 0.4), SCORES, train_row(30, 0.3))
    losses, scores = plot_log.read_curves(write(tmp_path, *rows))
    assert list(losses) == ['loss_s1', 'loss_s2', 'loss_s3']
    assert losses['loss_s2'] == [(10, 1.0), (20, 0.8), (30, 0.6)]
    assert scores == {'MAE': [(20, 0.2)], 'Sm': [(20, 0.7)]}


def test_a_resumed_run_goes_on_where_it_was_resumed(tmp_path):
    write(tmp_path / '1', train_row(10, 0.5), train_row(20, 0.4), SCORES, train_row(30, 9.0))
    write(tmp_path / '2', train_row(25, 0.3), {**SCORES, 'MAE': 0.1})
    losses, scores = plot_log.read_curves(tmp_path)
    assert losses['loss_s1'] == [(10, 0.5), (20, 0.4), (25, 0.3)]
    assert scores['MAE'] == [(20, 0.2), (25, 0.1)]


def test_a_log_that_is_still_written(tmp_path, capsys):
    path = write(tmp_path, train_row(10, 0.5), tail='{"decode.lo')
    assert plot_log.read_curves(path)[0]['loss_s1'] == [(10, 0.5)]
    assert 'the last line' in capsys.readouterr().err


def test_draws_two_runs(tmp_path):
    runs = {
        name: plot_log.read_curves(write(tmp_path / name, train_row(10, 0.5), SCORES))
        for name in 'ab'
    }
    left, right = plot_log.plot(runs).axes
    assert [line.get_label() for line in left.lines][2:4] == ['a: loss_s3', 'b: loss_s1']
    assert [line.get_linestyle() for line in right.lines] == ['-', '-', '--', '--']
    assert left.lines[0].get_color() == left.lines[3].get_color()


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
        plot_log.read_curves(path)
    assert str(path) in str(error.value)


def test_from_the_command_line(tmp_path):
    command = ('python', 'tools/plot_log.py')
    log = write(tmp_path / 'run', train_row(10, 0.5), train_row(20, 0.4), SCORES)
    out = tmp_path / 'new/plot.png'
    done = run(*command, tmp_path / 'run', '--out', out, '--scores', 'MAE')
    assert 'loss_s1, loss_s2, loss_s3: 2 points; 1 validations' in done.stdout
    assert cv2.imread(str(out)).std() > 10
    for arguments, message in [
        ((tmp_path / 'none', '--out', out), 'there is none'),
        ((log, '--out', out, '--scores', 'wF'), "it has ['MAE', 'Sm']"),
    ]:
        failed = run(*command, *arguments, check=False)
        assert failed.returncode == 1 and message in failed.stderr
        assert 'Traceback' not in failed.stderr


def test_logs_of_any_name_are_in_the_legend(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    logs = {}
    for name in ('_a', 'b$\\frac$'):
        path = write(tmp_path / name, train_row(1, 0.5), SCORES)
        logs[name] = plot_log.read_curves(path)
    figure = plot_log.plot(logs)
    for axes in figure.axes:
        texts = [text.get_text() for text in axes.get_legend().get_texts()]
        assert len(texts) == len(axes.lines)
        assert [text.partition(':')[0] for text in texts[:: len(texts) // 2]] == list(logs)
    figure.savefig(tmp_path / 'plot.png')


def test_scores_of_stages_are_curves_of_their_own(tmp_path):
    write(tmp_path / '1', train_row(20, 0.5), {'MAE': 0.1, 'S1/MAE': 0.3, 'step': 1})
    _, scores = plot_log.read_curves(tmp_path)
    assert plot_log.choose(scores, ['S1/MAE'], tmp_path) == {'S1/MAE': [(20, 0.3)]}
