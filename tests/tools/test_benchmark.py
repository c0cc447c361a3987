import re

import pytest
from helpers import run

pytest.importorskip('py_sod_metrics', reason='pip install --no-deps pysodmetrics==1.6.2')


def ratios(*args):
    done = run('python', 'tools/benchmark.py', 'metrics', *args)
    rows = re.findall(
        r'\| +(\S+) +\| +(.+?) +\| +([\d.]+) +\| +([\d.]+) +\| +([\d.]+) +\|', done.stdout
    )
    for *_, ours, reference, ratio in rows:
        assert float(ratio) == pytest.approx(float(ours) / float(reference), rel=0.1)
    return {(size, name): float(ratio) for size, name, *_, ratio in rows}


def test_every_measure_is_timed_against_the_reference():
    found = ratios('--images', 2, '--repeats', 1, '--sizes', '65x97', '--jobs', 2)
    names = ['MAE', 'F', 'E', 'Sm', 'wF', 'all but wF', 'all', 'all, 2 threads']
    assert [name for _, name in found] == names


@pytest.mark.slow
def test_speed():
    """The promised ratios, of which noise on a shared machine leaves at least half."""
    found = ratios('--images', 10)
    for size in ('481x321', '1920x1080'):
        assert found[size, 'all'] > 4
        assert found[size, 'all but wF'] > 10


def test_half_a_pair_of_folders():
    done = run('python', 'tools/benchmark.py', 'metrics', '--gt', 'x', check=False)
    assert done.returncode == 2 and '--gt and --pred' in done.stderr
