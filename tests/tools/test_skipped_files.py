"""Training with a corrupt file: an error by default, another pair in its place when asked."""

import re
import shutil

import pytest
from helpers import run


@pytest.fixture
def corrupt(toy_data, tmp_path):
    """The toy set with one truncated JPEG."""
    shutil.copytree(toy_data / 'toy', tmp_path / 'toy')
    path = tmp_path / 'toy/DUTS-TR/DUTS-TR-Image/00002.jpg'
    path.write_bytes(path.read_bytes()[:3000])
    return path


def train(config, corrupt, *options):
    data = corrupt.parents[3]
    command = ('python', 'tools/train.py', config, '--work-dir', data / 'work')
    return run(*command, '--cfg-options', *options, data=data, check=False)


@pytest.mark.parametrize('workers', [0, 2])
def test_an_error_by_default(tiny_config, corrupt, workers):
    done = train(tiny_config, corrupt, f'train_dataloader.num_workers={workers}')
    assert done.returncode == 1
    (last,) = done.stderr.strip().splitlines()[-1:]
    assert last.startswith('error: Expected a complete image file') and str(corrupt) in last
    assert 'Traceback' not in done.stderr


@pytest.mark.parametrize('workers', [pytest.param(0, marks=pytest.mark.slow), 2])
def test_skipped_named_and_counted_when_asked(tiny_config, corrupt, workers):
    done = train(
        *(tiny_config, corrupt, 'train_dataloader.dataset.skip_bad_files=True'),
        *(f'train_dataloader.num_workers={workers}', 'train_dataloader.batch_size=2'),
    )
    assert done.returncode == 0, done.stderr
    log = done.stdout + done.stderr
    assert (
        f'Skipped a training pair. Expected a complete image file, but got {str(corrupt)!r}' in log
    )
    # 8 pairs in batches of 2: 4 steps an epoch, each with both of its samples, twice.
    assert re.findall(r'Epoch\(train\) +\[(\d)\]\[4/4\]', log) == ['1', '2']
    count = int(re.search(r'(\d+) samples were replaced, because 1 pair could not be read', log)[1])
    assert count >= 2  # once an epoch, and when it is drawn as a substitute


def test_never_skipped_in_testing(trained, tiny_config, corrupt):
    data = corrupt.parents[3]
    corrupt.rename(corrupt.with_suffix('.bak'))
    path = data / 'toy/DUTS-TE/DUTS-TE-Image/00001.jpg'
    path.write_bytes(path.read_bytes()[:3000])
    done = run(
        *('python', 'tools/test.py', tiny_config, trained / 'epoch_2.pth'),
        *('--work-dir', data / 'work'),
        *('--cfg-options', 'test_dataloader.dataset.skip_bad_files=True'),
        data=data,
        check=False,
    )
    assert done.returncode == 1 and str(path) in done.stderr and 'Traceback' not in done.stderr
