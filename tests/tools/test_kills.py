"""A training that is killed at any moment, and resumed, is the one that was not."""

import random
import re
import shutil

import pytest
from helpers import run
from killed_runs import (
    CONFIG,
    ITERATIONS,
    WORKERS,
    Run,
    assert_same_run,
    assert_whole,
    kill_at,
    kill_while_writing,
    steps,
)

EMA = """
custom_hooks = [dict(type='SyncBuffersHook'), dict(type='EMAHook', momentum=0.1, begin_iter=2)]
"""
TWO_BESTS = """
default_hooks['checkpoint'].update(save_best=['MAE', 'Sm'], rule=['less', 'greater'])
"""
# The rate falls with each validation: one that is lost would show.
PLATEAU = """
param_scheduler.append(
    dict(
        type='ReduceOnPlateauParamScheduler', param_name='lr', monitor='MAE', rule='greater',
        threshold=1, patience=0, factor=0.5,
    )
)
"""
SECOND_SET = """
one = dict(_base_.train_dataloader.dataset, pipeline=train_pipeline, skip_bad_files=True)
train_dataloader.update(
    sampler=dict(_delete_=True, type='ProportionalSampler', proportions=(2, 1)),
    dataset=dict(_delete_=True, type='ConcatDataset', datasets=[one, dict(one, ann_file='few.txt')]),
)
"""
ENDLESS = """
train_dataloader.update(sampler=dict(type='InfiniteSampler'))
"""
WITHIN_EPOCHS = """
default_hooks = dict(
    checkpoint=dict(interval=3, by_epoch=False, max_keep_ckpts=3), logger=dict(interval=1)
)
"""
# Name -> what the config adds, processes, kills. Each has all augmentations.
RUNS = {
    'epochs': (EMA + PLATEAU, 1, 4),
    'epochs, 2 persistent workers, 2 processes': (WORKERS.format(True) + TWO_BESTS, 2, 3),
    'epochs, 2 workers': (WORKERS.format(False) + PLATEAU, 1, 3),
    'within epochs, 2 workers': (WORKERS.format(False) + WITHIN_EPOCHS, 1, 3),
    'iterations, 2 sets and a bad file, 2 persistent workers': (
        ITERATIONS + WORKERS.format(True) + SECOND_SET,
        1,
        3,
    ),
    'iterations, 2 processes': (ITERATIONS + ENDLESS + EMA, 2, 2),
    'iterations over a finite sampler, 2 workers, 2 processes': (
        ITERATIONS + WORKERS.format(False),
        2,
        3,
    ),
}


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    """Nine training pairs, one of them truncated where it is skipped, and two test pairs."""
    root = tmp_path_factory.mktemp('data')
    run('python', 'tools/make_toy_dataset.py', root / 'good/toy', '--train', 9, '--test', 2)
    shutil.copytree(root / 'good', root / 'bad')
    image = root / 'bad/toy/DUTS-TR/DUTS-TR-Image/00002.jpg'
    image.write_bytes(image.read_bytes()[:3000])
    (root / 'bad/toy/few.txt').write_text('00001\n00002\n00003\n')
    return root


def kill_and_compare(name, data, folder, draw):
    """Kill a run a few times, every second time while it writes, and compare it with a whole one."""
    addition, processes, kills = RUNS[name]
    config = folder / 'config.py'
    config.write_text(CONFIG + addition)
    data = data / ('bad' if 'bad' in name else 'good')
    whole, killed = folder / 'whole', folder / 'killed'
    Run(config, data, whole, processes=processes).finish()
    count = steps((whole / 'output.txt').read_text())
    report = []
    for number in range(kills):
        # The first run of a folder too: there may be nothing to resume yet.
        training = Run(config, data, killed, '--resume', processes=processes)
        if number % 2:
            which = draw.randint(1, 3)
            hit = kill_while_writing(training, killed, which)
            report.append(f'writing of file {which}' if hit else 'after the end')
        else:
            step = draw.randint(1, count // 2)
            hit = kill_at(training, step, draw.uniform(0, 0.3))
            report.append(f'step {step} of {count}' if hit else 'after the end')
        assert_whole(killed)
    Run(config, data, killed, '--resume', processes=processes).finish()
    resumed = re.findall(r'Resuming from .*?\((.*?)\)', (killed / 'output.txt').read_text())
    assert_same_run(killed, whole)
    print(f'{name}: killed at {", ".join(report)}; resumed from {"; ".join(resumed) or "nothing"}')
    return len(resumed)


@pytest.mark.slow
def test_three_kills(data, tmp_path):
    name = 'iterations over a finite sampler, 2 workers, 2 processes'
    assert kill_and_compare(name, data, tmp_path, random.Random(1)) > 0


@pytest.mark.long
@pytest.mark.parametrize('name', RUNS)
def test_twenty_one_kills(name, data, tmp_path):
    assert sum(kills for _, _, kills in RUNS.values()) == 21
    kill_and_compare(name, data, tmp_path, random.Random())
