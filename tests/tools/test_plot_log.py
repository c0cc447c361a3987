import cv2
from helpers import run
from logs import SCORES, train_row, write


def test_from_the_command_line(tmp_path):
    command = ('python', 'tools/plot_log.py')
    log = write(tmp_path / 'run', train_row(10, 0.5), train_row(20, 0.4), SCORES, tail='{"l')
    out = tmp_path / 'new/plot.png'
    done = run(*command, tmp_path / 'run', '--out', out, '--scores', 'MAE')
    assert 'loss_s1, loss_s2, loss_s3: 2 points; 1 validation' in done.stdout
    assert done.stderr == f'warning: the last line of {str(log)!r} is cut off; left out\n'
    assert cv2.imread(str(out)).std() > 10
    for arguments, message in [
        ((tmp_path / 'none', '--out', out), 'there is none'),
        ((log, '--out', out, '--scores', 'wF'), "it has ['MAE', 'Sm']"),
    ]:
        failed = run(*command, *arguments, check=False)
        assert failed.returncode == 1 and message in failed.stderr
        assert 'Traceback' not in failed.stderr
