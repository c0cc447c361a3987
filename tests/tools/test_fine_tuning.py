"""What docs/fine_tuning.md tells to do, with real photographs of one kind."""

import re

import pytest
from helpers import run

pytestmark = pytest.mark.long
CONFIG = 'configs/srm_lite0_custom.py'


def scores(checkpoint, work_dir, data):
    done = run('python', 'tools/test.py', CONFIG, checkpoint, '--work-dir', work_dir, data=data)
    found = re.findall(r'(\w+): (\d\.\d{4})', done.stdout + done.stderr)
    return {name: float(value) for name, value in found}


@pytest.mark.parametrize('kind', ['horses', 'CCP'])
def test_fine_tuning_on_100_photographs_of_a_kind(kind, shared, tmp_path):
    """The 50 to test on are among those that the box's weights were not trained on, every sixth."""
    mine = tmp_path / 'mine'
    mine.mkdir()
    for name in ('images', 'masks'):
        (mine / name).symlink_to(shared / 'data' / kind / name)
    stems = sorted(path.stem for path in (mine / 'images').iterdir())
    known = [stem for index, stem in enumerate(stems) if index % 6]
    (mine / 'train.txt').write_text('\n'.join(known[:100]))
    (mine / 'val.txt').write_text('\n'.join(stems[::6][:50]))
    before = scores('zoo://srm_lite0', tmp_path, tmp_path)
    train = ('tools/train.py', CONFIG, '--work-dir', tmp_path / 'work')
    run('python', *train, data=tmp_path, OMP_NUM_THREADS='2')
    after = scores(tmp_path / 'work/iter_300.pth', tmp_path, tmp_path)
    for name in ('maxF_pr', 'MAE', 'wF', 'Sm'):
        print(f'{kind} {name}: {before[name]:.4f} -> {after[name]:.4f}')
    assert after['MAE'] < before['MAE'] and after['wF'] > before['wF']
