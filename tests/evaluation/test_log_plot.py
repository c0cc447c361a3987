from logs import SCORES, train_row, write

from srm_mmseg.evaluation.log_plot import draw_logs
from srm_mmseg.evaluation.training_log import read_curves


def test_draws_two_runs(tmp_path):
    runs = {name: read_curves(write(tmp_path / name, train_row(10, 0.5), SCORES)) for name in 'ab'}
    left, right = draw_logs(runs).axes
    assert [line.get_label() for line in left.lines][2:4] == ['a: loss_s3', 'b: loss_s1']
    assert [line.get_linestyle() for line in right.lines] == ['-', '-', '--', '--']
    assert left.lines[0].get_color() == left.lines[3].get_color()


def test_logs_of_any_name_are_in_the_legend(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    logs = {}
    for name in ('_a', 'b$\\frac$'):
        path = write(tmp_path / name, train_row(1, 0.5), SCORES)
        logs[name] = read_curves(path)
    figure = draw_logs(logs)
    for axes in figure.axes:
        texts = [text.get_text() for text in axes.get_legend().get_texts()]
        assert len(texts) == len(axes.lines)
        assert [text.partition(':')[0] for text in texts[:: len(texts) // 2]] == list(logs)
    figure.savefig(tmp_path / 'plot.png')
