"""Random numbers follow from the seed and the iteration, wherever a run was stopped."""

import pickle
import random

import numpy as np
import pytest
import torch
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn

import srm_mmseg.register  # noqa: F401
from srm_mmseg.engine.seeded_batches import SeededBatch, SeededBatches


class RandomSet:
    """Samples of three random numbers, one a generator."""

    def __len__(self):
        return 7

    def __getitem__(self, index):
        return torch.tensor(
            [index, random.random(), np.random.rand(), torch.rand(1).item()], dtype=torch.float64
        )


class Noise(BaseModel):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, *inputs, mode):
        self.drawn = [torch.rand(1).item(), random.random(), np.random.rand()]
        return dict(loss=self.weight.sum())


class Record(Hook):
    def before_run(self, runner):
        runner.seen = []

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        runner.seen.append((runner.iter, torch.stack(data_batch).tolist(), runner.model.drawn))


NUMBER = iter(range(10**6))
EPOCHS = dict(type='EpochBasedTrainLoop', max_epochs=3)
ITERATIONS = dict(type='IterBasedTrainLoop', max_iters=9)


def train(work_dir, loop, workers, sampler='DefaultSampler', resume=None, seed=3, interval=2):
    runner = Runner(
        Noise(),
        str(work_dir),
        train_dataloader=dict(
            batch_size=2,
            dataset=RandomSet(),
            sampler=dict(type=sampler),
            num_workers=workers,
            persistent_workers=workers > 0,
        ),
        train_cfg=loop,
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)),
        default_hooks=dict(
            checkpoint=dict(type='WholeCheckpointHook', interval=interval, by_epoch=False),
            seeds=dict(type='SeedIterationsHook'),
        ),
        custom_hooks=[Record()],
        resume=resume is not None,
        load_from=resume and str(resume),
        randomness=dict(seed=seed),
        experiment_name=f'seeds_{next(NUMBER)}',
        default_scope='mmengine',
    )
    runner.train()
    return runner.seen


# A loop, its sampler, the iterations of a checkpoint to resume from: at and within an epoch.
LOOPS = [
    (EPOCHS, 'DefaultSampler', (4, 6)),
    (ITERATIONS, 'DefaultSampler', (4, 6)),
    (ITERATIONS, 'InfiniteSampler', (6,)),
]


@pytest.mark.parametrize(('loop', 'sampler', 'stops'), LOOPS)
def test_resumed_at_the_batch_that_comes_next(loop, sampler, stops, tmp_path):
    whole = train(tmp_path, loop, 0, sampler)
    assert len({str(one[1:]) for one in whole}) == len(whole)  # no iteration is like another
    for stop in stops:
        for workers in (0, 2):
            resumed = train(tmp_path / 'b', loop, workers, sampler, tmp_path / f'iter_{stop}.pth')
            assert resumed == whole[stop:]


def test_another_seed_gives_another_run(tmp_path):
    one, other = (train(tmp_path, ITERATIONS, 0, seed=seed) for seed in (3, 4))
    assert all(a[1] != b[1] and a[2] != b[2] for a, b in zip(one, other))


def test_an_epoch_has_all_of_its_batches(tmp_path):
    seen = train(tmp_path, EPOCHS, 0)
    for epoch in range(3):
        batches = [one[1] for one in seen[4 * epoch : 4 * epoch + 4]]
        assert sorted(sample[0] for batch in batches for sample in batch) == list(range(7))


def test_no_batch_is_like_one_of_another_process():
    def drawn(rank):
        batches = SeededBatches([[0, 1]], None, endless=False, key=(5, rank))
        return [[random.random() for _ in batch] for batch in batches]

    assert drawn(0) == drawn(0) != drawn(1)


def test_a_batch_seeds_where_it_is_read_not_where_it_is_sent():
    batch = SeededBatch([3, 1], (0, 0, 0, 0))
    random.seed(1)
    expected = random.Random(1).random()
    arrived = pickle.loads(pickle.dumps(batch))
    assert random.random() == expected  # sending draws and seeds nothing
    assert list(arrived[:]) == [3, 1] and arrived.key == batch.key
    numbers = []
    for one in (batch, arrived):
        assert [index for index in one] == [3, 1]
        numbers.append((random.random(), np.random.rand(), torch.rand(1).item()))
    assert numbers[0] == numbers[1]


def test_a_set_without_a_batch_ends_the_run():
    batches = SeededBatches([], None, endless=True, key=(0, 0))
    assert list(batches) == []
