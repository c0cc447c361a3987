"""The order in which checkpoints are written, named and removed; what a resumed run takes up."""

import errno
import os
import shutil
from pathlib import Path

import pytest
import torch
from mmengine.evaluator import BaseMetric
from mmengine.hooks import EMAHook, Hook
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn

import srm_mmseg.register  # noqa: F401
from srm_mmseg.engine.checkpoint import load_from_local
from srm_mmseg.engine.hooks import whole_checkpoint_hook
from srm_mmseg.engine.hooks.whole_checkpoint_hook import WholeCheckpointHook
from srm_mmseg.engine.whole_files import WholeFilesBackend


class Kill(BaseException):
    """In place of SIGKILL."""


class Line(BaseModel):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, *inputs, mode):
        return dict(loss=(self.weight + sum(inputs)).square().sum()) if mode == 'loss' else [0]


class Scores(BaseMetric):
    """Scores of the validations, one after another."""

    def __init__(self, scores, names=('s',)):
        super().__init__()
        self.scores, self.names = iter(scores), names

    def process(self, data_batch, data_samples):
        self.results.append(0)

    def compute_metrics(self, results):
        score = next(self.scores)
        return dict.fromkeys(self.names, score)


NUMBER = iter(range(10**6))


def runner(work_dir, scores=(1, 2, 3, 4), names=('s',), resume=None, epochs=4, **checkpoint):
    loader = dict(
        batch_size=1,
        dataset=[torch.ones(1)] * 2,
        sampler=dict(type='DefaultSampler'),
        num_workers=0,
    )
    hook = dict(type='WholeCheckpointHook', interval=1, rule='greater', save_best=list(names))
    return Runner(
        Line(),
        str(work_dir),
        train_dataloader=loader,
        val_dataloader=loader,
        train_cfg=dict(by_epoch=True, max_epochs=epochs, val_interval=1),
        val_cfg=dict(),
        val_evaluator=[Scores(scores, names)],
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)),
        default_hooks=dict(
            checkpoint=dict(hook, **checkpoint), seeds=dict(type='SeedIterationsHook')
        ),
        resume=resume is not None,
        load_from=resume and str(resume),
        randomness=dict(seed=0),
        experiment_name=f'run_{next(NUMBER)}',
        default_scope='mmengine',
    )


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.is_file() and path.suffix != '.py')


def hub(path):
    return load_from_local(str(path))['message_hub']['runtime_info']


def kill_at_write(monkeypatch, count):
    """Kill at the n-th file that is written, before it has its name."""
    writes, replace = [], os.replace

    def dying(part, path):
        writes.append(Path(path).name)
        if len(writes) == count:
            raise Kill
        replace(part, path)

    monkeypatch.setattr(os, 'replace', dying)
    return writes


def test_new_then_named_then_the_old_removed(tmp_path, monkeypatch):
    steps, put = [], WholeFilesBackend.put
    remove = WholeFilesBackend.remove
    monkeypatch.setattr(
        WholeFilesBackend, 'put', lambda *a: (put(*a), steps.append(f'+{Path(a[2]).name}'))
    )
    monkeypatch.setattr(
        WholeFilesBackend, 'remove', lambda *a: (steps.append(f'-{Path(a[1]).name}'), remove(*a))
    )
    runner(tmp_path, epochs=3, max_keep_ckpts=1).train()
    assert steps[-7:] == [
        *('+epoch_3.pth', '+last_checkpoint', '-epoch_2.pth'),
        *('+best_s_epoch_3.pth', '+epoch_3.pth', '+last_checkpoint', '-best_s_epoch_2.pth'),
    ]
    assert names(tmp_path) == ['best_s_epoch_3.pth', 'epoch_3.pth', 'last_checkpoint']
    assert (tmp_path / 'last_checkpoint').read_text() == str(tmp_path / 'epoch_3.pth')


def test_statistics_are_averaged_before_each_checkpoint(tmp_path, monkeypatch):
    def average(buffers, op):
        assert op == 'mean'
        for buffer in buffers:
            buffer.fill_(7)

    monkeypatch.setattr(whole_checkpoint_hook, 'all_reduce_params', average)
    one = runner(tmp_path, epochs=1)
    one.model.register_buffer('statistic', torch.zeros(1))
    one.register_hook(EMAHook(begin_epoch=1))
    one.train()
    for name in ('epoch_1.pth', 'best_s_epoch_1.pth'):
        checkpoint = load_from_local(str(tmp_path / name))
        assert checkpoint['state_dict']['statistic'] == 7
        assert checkpoint['ema_state_dict']['module.statistic'] == 7


@pytest.mark.parametrize('measures', [['s'], ['s', 't']])
def test_killed_at_each_write_it_ends_as_if_it_was_not(measures, tmp_path, monkeypatch):
    flags = dict(names=measures, epochs=3, max_keep_ckpts=2)
    runner(tmp_path / 'whole', **flags).train()
    count = 3 * (4 + len(measures))
    for number in range(1, count + 1):
        folder = tmp_path / str(number)
        with monkeypatch.context() as patch:
            writes = kill_at_write(patch, number)
            with pytest.raises(Kill):
                runner(folder, **flags).train()
        there = [load_from_local(str(path)) for path in folder.glob('*.pth')]
        if number > 3:  # from then on there is a best checkpoint, always
            assert sum('optimizer' not in one for one in there) >= (number > 4), writes
        found = sorted(folder.glob('epoch_*.pth'))
        done = hub(found[-1]) if found else {}
        validated = load_from_local(str(found[-1]))['meta']['epoch'] if found else 0
        scores = (1, 2, 3, 4)[validated - bool(done.get('due_validation')) :]
        runner(folder, scores, resume=found[-1] if found else None, **flags).train()
        assert names(folder) == names(tmp_path / 'whole'), number
        for name in names(folder):
            if name.endswith('.pth'):
                left, right = (load_from_local(str(d / name)) for d in (folder, tmp_path / 'whole'))
                assert torch.equal(left['state_dict']['weight'], right['state_dict']['weight'])
    assert number == count


def test_a_full_disk_leaves_all_that_was_there(tmp_path, monkeypatch):
    runner(tmp_path, epochs=2, max_keep_ckpts=1).train()
    before = {name: (tmp_path / name).read_bytes() for name in names(tmp_path)}

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, 'fsync', full)
    with pytest.raises(OSError, match='epoch_3.pth'):
        runner(tmp_path, (3, 4), resume=tmp_path / 'epoch_2.pth', max_keep_ckpts=1).train()
    assert {name: (tmp_path / name).read_bytes() for name in names(tmp_path)} == before


@pytest.mark.parametrize('measures', [['s'], ['s', 't']])
def test_a_copied_folder_keeps_to_its_own_files(measures, tmp_path):
    flags = dict(names=measures, max_keep_ckpts=1)
    runner(tmp_path / 'old', epochs=2, **flags).train()
    shutil.copytree(tmp_path / 'old', tmp_path / 'new')
    before = names(tmp_path / 'old')
    runner(tmp_path / 'new', (3, 4), resume=tmp_path / 'new/epoch_2.pth', **flags).train()
    assert names(tmp_path / 'old') == before
    assert names(tmp_path / 'new') == sorted(
        ['epoch_4.pth', 'last_checkpoint', *(f'best_{one}_epoch_4.pth' for one in measures)]
    )
    key = 'best_ckpt' if len(measures) == 1 else 'best_ckpt_s'
    assert hub(tmp_path / 'new/epoch_4.pth')[key] == str(tmp_path / 'new/best_s_epoch_4.pth')


def test_a_moved_folder_keeps_an_unbeaten_best(tmp_path):
    runner(tmp_path / 'old', (9, 1), epochs=2).train()
    shutil.move(tmp_path / 'old', tmp_path / 'new')
    runner(tmp_path / 'new', (3, 4), resume=tmp_path / 'new/epoch_2.pth').train()
    assert 'best_s_epoch_1.pth' in names(tmp_path / 'new') and not (tmp_path / 'old').exists()
    best = hub(tmp_path / 'new/epoch_4.pth')['best_ckpt']
    assert best == str(tmp_path / 'new/best_s_epoch_1.pth')


def test_no_validation_of_a_run_is_lost(tmp_path):
    class KillInValidation(Hook):
        def before_val_epoch(self, runner):
            raise Kill

    first = runner(tmp_path, epochs=2)
    first.register_hook(KillInValidation())
    with pytest.raises(Kill):
        first.train()
    assert hub(tmp_path / 'epoch_1.pth')['due_validation'] is True
    runner(tmp_path, (5, 4), resume=tmp_path / 'epoch_1.pth', epochs=2).train()
    assert 'best_s_epoch_1.pth' in names(tmp_path)
    assert hub(tmp_path / 'epoch_2.pth')['due_validation'] is False


def test_a_best_before_the_first_checkpoint_of_a_resumed_run_is_noted(tmp_path):
    flags = dict(epochs=5, interval=3)
    runner(tmp_path / 'whole', (1, 2, 3, 4, 5), **flags).train()
    (tmp_path / 'resumed').mkdir()
    start = shutil.copy(tmp_path / 'whole/epoch_3.pth', tmp_path / 'resumed')
    runner(tmp_path / 'resumed', (4, 5), resume=start, **flags).train()
    assert 'epoch_4.pth' in names(tmp_path / 'resumed')
    assert names(tmp_path / 'resumed') == names(tmp_path / 'whole')


def test_published_and_stored_elsewhere(tmp_path):
    flags = dict(published_keys=['state_dict'], out_dir=str(tmp_path / 'out'), epochs=1)
    runner(tmp_path / 'work', **flags).train()
    folder = tmp_path / 'out/work'
    assert (tmp_path / 'work/last_checkpoint').read_text() == str(folder / 'epoch_1.pth')
    published = sorted(folder.glob('*-????????.pth'))
    assert [path.name.split('-')[0] for path in published] == ['best_s_epoch_1', 'epoch_1']
    for path in published:
        assert list(load_from_local(str(path))) == ['state_dict']
    assert not list(folder.glob('*.part'))


@pytest.mark.parametrize('rule', [None, 'less'])
def test_knows_of_a_measure_which_scores_are_better(rule):
    keys = ['SmallSet/MAE', 'Sm', 'ECSSD/S1/maxF']
    hook = WholeCheckpointHook(save_best=keys, rule=rule)
    assert hook.rules == (['less', 'greater', 'greater'] if rule is None else ['less'] * 3)
    with pytest.raises(ValueError, match='Cannot infer the rule for key s'):
        WholeCheckpointHook(save_best='s')
