from pathlib import Path

import pytest
from helpers import REPO, SHARED, run
from mmengine.registry import DefaultScope


@pytest.fixture(autouse=True)
def scope():
    """Every test begins in the toolbox's scope, whatever runner ran before it."""
    with DefaultScope.overwrite_default_scope('mmseg'):
        yield


@pytest.fixture(scope='session')
def toy_data(tmp_path_factory) -> Path:
    """A data folder with a toy set of 8 training and 5 test pairs; an odd number on purpose."""
    root = tmp_path_factory.mktemp('data')
    run('python', 'tools/make_toy_dataset.py', root / 'toy', '--train', 8, '--test', 5)
    return root


@pytest.fixture(scope='session')
def tiny_config(tmp_path_factory) -> Path:
    """``srm_r18_demo.py`` on 65 x 65 pixels for two steps an epoch, two epochs."""
    path = tmp_path_factory.mktemp('configs') / 'tiny.py'
    path.write_text(f"""
_base_ = {str(REPO / 'configs/srm_r18_demo.py')!r}
train_pipeline = _base_.train_pipeline
test_pipeline = _base_.test_pipeline
tta_pipeline = _base_.tta_pipeline
train_pipeline[2].scale = test_pipeline[1].scale = (65, 65)
tta_pipeline[1].transforms[0][0].scale = (65, 65)
train_dataloader = dict(
    batch_size=4, num_workers=0, persistent_workers=False, dataset=dict(pipeline=train_pipeline)
)
val_dataloader = dict(
    num_workers=0, persistent_workers=False, dataset=dict(pipeline=test_pipeline)
)
test_dataloader = val_dataloader
train_cfg = dict(max_epochs=2, val_interval=1)
default_hooks = dict(checkpoint=dict(interval=1, max_keep_ckpts=-1), logger=dict(interval=1))
randomness = dict(seed=0)
""")
    return path


@pytest.fixture(scope='session')
def trained(toy_data, tiny_config, tmp_path_factory) -> Path:
    """The work folder of a finished run of ``tiny_config``."""
    work_dir = tmp_path_factory.mktemp('work')
    run('python', 'tools/train.py', tiny_config, '--work-dir', work_dir, data=toy_data)
    return work_dir


@pytest.fixture(scope='session')
def shared() -> Path:
    """Real photographs and saliency maps, which are not part of the repository."""
    if not SHARED.is_dir():
        pytest.skip(f'needs the real data of {SHARED}, which is not part of the repository')
    return SHARED
