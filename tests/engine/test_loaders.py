from types import SimpleNamespace

import pytest
from mmengine.config import Config
from mmengine.dataset import DefaultSampler, InfiniteSampler
from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop
from torch.utils.data import DataLoader

from srm_mmseg.engine.config_file import BadConfigError
from srm_mmseg.engine.loaders import build_test_loop, build_train_loop, fit_to_workers


def loader(pairs=8, batch=4, sampler=DefaultSampler, **settings):
    data = list(range(pairs))
    return DataLoader(data, batch_size=batch, sampler=sampler(data), **settings)


def runner(train, val=None, kind=EpochBasedTrainLoop, val_interval=1, **limits):
    loop = kind.__new__(kind)
    loop.dataloader, loop.val_interval = train, val_interval
    loop._max_epochs, loop._max_iters = limits.get('epochs', 1), limits.get('iters', 1)
    return SimpleNamespace(
        train_loop=loop, val_loop=None if val is None else SimpleNamespace(dataloader=val)
    )


def test_whole_runs_pass():
    build_train_loop(runner(loader(), loader(1, 4)))
    build_train_loop(runner(loader(sampler=InfiniteSampler), kind=IterBasedTrainLoop))
    endless = loader(2, 4, InfiniteSampler, drop_last=True)
    build_train_loop(runner(endless, kind=IterBasedTrainLoop))


@pytest.mark.parametrize(('pairs', 'batch'), [(3, 4), (2, 16), (0, 1)])
def test_fewer_pairs_than_a_batch_name_both_numbers_and_the_remedy(pairs, batch):
    few = loader(pairs, batch, drop_last=True)
    reason = f'train_dataloader has {pairs} pairs and a batch of {batch}.*batch_size to at most'
    with pytest.raises(BadConfigError, match=reason):
        build_train_loop(runner(few))


def test_sets_without_an_image_are_refused():
    with pytest.raises(BadConfigError, match='val_dataloader has 0 pairs'):
        build_train_loop(runner(loader(), loader(0)))
    with pytest.raises(BadConfigError, match='test_dataloader has 0 pairs'):
        build_test_loop(SimpleNamespace(test_loop=SimpleNamespace(dataloader=loader(0))))


def test_epochs_of_an_endless_sampler_are_refused():
    with pytest.raises(BadConfigError, match="InfiniteSampler.*type='DefaultSampler'"):
        build_train_loop(runner(loader(sampler=InfiniteSampler)))


@pytest.mark.parametrize(
    ('settings', 'reason'),
    [
        (dict(epochs=0), 'max_epochs to be at least 1, but got 0'),
        (dict(iters=0, kind=IterBasedTrainLoop), 'max_iters to be at least 1, but got 0'),
        (dict(val_interval=0), 'val_interval to be at least 1, but got 0'),
    ],
)
def test_runs_without_a_step_are_refused(settings, reason):
    with pytest.raises(BadConfigError, match=reason):
        build_train_loop(runner(loader(), **settings))


def test_loaders_without_processes_keep_no_setting_of_processes():
    alone = dict(num_workers=0, persistent_workers=True, prefetch_factor=2, batch_size=3)
    config = Config(dict(train_dataloader=alone, val_dataloader=dict(alone, num_workers=1)))
    config.test_dataloader = None
    fit_to_workers(config)
    assert config.train_dataloader == dict(num_workers=0, batch_size=3)
    assert config.val_dataloader == dict(alone, num_workers=1)
