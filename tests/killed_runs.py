"""Tiny trainings in processes of their own, which can be killed at any moment."""

import multiprocessing
import os
import re
import signal
import socket
import sys
import time
from pathlib import Path

import torch
from helpers import REPO

from srm_mmseg.engine.checkpoint import load_from_local

# Children of a server that has imported everything: a start takes no imports.
CONTEXT = multiprocessing.get_context('forkserver')
CONTEXT.set_forkserver_preload(['killed_runs_imports'])

CONFIG = f"""
_base_ = {str(REPO / 'configs/srm_r18_demo.py')!r}
small = dict(base_channels=8, stem_channels=8)
model = dict(
    backbone=dict(master=small, refinement=small),
    neck=dict(in_channels=(64, 32, 16), pool_channels=4, mid_channels=8, out_channels=8),
    decode_head=dict(in_channels=(64, 8, 8), channels=8),
)
train_pipeline = [
    dict(type='LoadSaliencyImage'),
    dict(type='LoadSaliencyMask'),
    dict(type='RandomCropAroundObject', prob=0.5, most=0.2),
    dict(type='Resize', scale=(65, 65), keep_ratio=False),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackSaliencyInputs'),
]
test_pipeline = _base_.test_pipeline
test_pipeline[1].scale = (65, 65)
train_dataloader = dict(
    batch_size=2,
    num_workers=0,
    persistent_workers=False,
    pin_memory=False,
    collate_fn=dict(type='collate_at_random_size', sizes=(33, 65)),
    dataset=dict(pipeline=train_pipeline),
)
val_dataloader = dict(
    num_workers=0, persistent_workers=False, pin_memory=False, dataset=dict(pipeline=test_pipeline)
)
test_dataloader = val_dataloader
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, end=1, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', begin=1, end=3, T_max=2, convert_to_iter_based=True),
]
train_cfg = dict(max_epochs=3, val_interval=1)
default_hooks = dict(checkpoint=dict(interval=1, max_keep_ckpts=2), logger=dict(interval=1))
randomness = dict(seed=0)
"""
WORKERS = """
train_dataloader.update(num_workers=2, persistent_workers={})
"""
ITERATIONS = """
train_cfg = dict(
    _delete_=True, type='IterBasedTrainLoop', max_iters=8, val_begin=2, val_interval=4
)
default_hooks = dict(
    checkpoint=dict(interval=2, by_epoch=False, max_keep_ckpts=2),
    logger=dict(interval=1, log_metric_by_epoch=False),
)
log_processor = dict(by_epoch=False)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=3, by_epoch=False),
    dict(type='PolyLR', power=0.9, eta_min=1e-7, begin=3, end=8, by_epoch=False),
]
optim_wrapper = dict(
    _delete_=True, type='OptimWrapper', optimizer=dict(type='SGD', lr=1e-3, momentum=0.9)
)
"""


def free_port():
    with socket.socket() as server:
        server.bind(('127.0.0.1', 0))
        return server.getsockname()[1]


def _train(arguments, env, log):
    """Run ``tools/train.py`` in this process, whose group its loading processes belong to."""
    os.setpgrp()
    os.environ.update(env, OMP_NUM_THREADS='1', CUDA_VISIBLE_DEVICES='')
    os.chdir(REPO)
    with open(log, 'a') as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    torch.set_num_threads(1)
    sys.argv = ['train.py', *map(str, arguments)]
    from srm_mmseg.cli import train

    train.main()


class Run:
    """A training in one or more processes.

    Args:
        config: Config file.
        data: Folder of the toy set.
        work_dir: Work folder; the output goes to ``output.txt`` in it.
        flags: More flags of ``tools/train.py``.
        processes: How many train together.
    """

    def __init__(self, config, data, work_dir, *flags, processes=1):
        work_dir.mkdir(exist_ok=True)
        self.log = work_dir / 'output.txt'
        self.log.touch()
        arguments = [config, '--work-dir', work_dir, *flags]
        env = dict(SOD_DATA=str(data))
        if processes > 1:
            arguments += ['--launcher', 'pytorch']
            env.update(MASTER_ADDR='127.0.0.1', MASTER_PORT=str(free_port()))
            env.update(WORLD_SIZE=str(processes))
        self.processes = []
        for rank in range(processes):
            own = dict(env, RANK=str(rank), LOCAL_RANK=str(rank)) if processes > 1 else env
            self.processes.append(CONTEXT.Process(target=_train, args=(arguments, own, self.log)))
            self.processes[-1].start()

    def finish(self):
        """Wait for the end, which is to be a good one."""
        for process in self.processes:
            process.join(600)
        codes = [process.exitcode for process in self.processes]
        assert not any(codes), f'exit codes {codes}:\n{self.log.read_text()[-6000:]}'

    def kill(self):
        """Kill all processes at once, with those that load for them."""
        for process in self.processes:
            for kill in (os.killpg, os.kill):  # before the process has a group of its own, alone
                try:
                    kill(process.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        for process in self.processes:
            process.join(60)

    def running(self):
        return all(process.is_alive() for process in self.processes)


def steps(log):
    """Count the steps that a log tells of: iterations of training, validations, savings."""
    return len(re.findall(r'(?:Epoch|Iter)\((?:train|val)\)|Saving checkpoint', log))


def kill_at(run, step, seconds):
    """Kill a run some time after its n-th step; False if it has ended before."""
    start = run.log.stat().st_size
    while run.running() and steps(run.log.read_bytes()[start:].decode(errors='replace')) < step:
        time.sleep(0.01)
    time.sleep(seconds)
    killed = run.running()
    run.kill()
    return killed


def kill_while_writing(run, work_dir, which):
    """Kill a run when the n-th of its files is being written; False if it has ended before."""
    seen, before = 0, set()
    while run.running():
        now = {name for name in os.listdir(work_dir) if name.endswith('.part')}
        seen += len(now - before)
        before = now
        if seen >= which:
            run.kill()
            return True
    run.kill()
    return False


def assert_whole(work_dir):
    """Check that every checkpoint is whole, and the one that ``last_checkpoint`` names is there."""
    for path in work_dir.glob('*.pth'):
        load_from_local(str(path))
    pointer = work_dir / 'last_checkpoint'
    if pointer.exists():
        assert Path(pointer.read_text()).is_file(), pointer.read_text()


def differences(left, right, path=''):
    """Name where two states differ in a bit; times and folders may."""
    if isinstance(left, torch.Tensor):
        return [] if torch.equal(left, right) else [path]
    if isinstance(left, dict):
        if left.keys() != right.keys():
            return [f'{path}: keys']
        return [d for key in left for d in differences(left[key], right[key], f'{path}.{key}')]
    if isinstance(left, (list, tuple)):
        if len(left) != len(right):
            return [f'{path}: length']
        return [
            d for i, pair in enumerate(zip(left, right)) for d in differences(*pair, f'{path}[{i}]')
        ]
    return [] if left == right else [f'{path}: {left} and {right}']


def assert_same_run(work_dir, reference):
    """Check that two work folders have the same checkpoints, bit for bit."""
    names = [{path.name for path in folder.glob('*.pth*')} for folder in (work_dir, reference)]
    assert names[0] == names[1] and len(names[0]) >= 3, names
    for name in names[0]:
        left, right = (load_from_local(str(folder / name)) for folder in (work_dir, reference))
        assert left.keys() == right.keys()
        for key in left.keys() - {'meta', 'message_hub'}:
            assert not differences(left[key], right[key], f'{name} {key}')
        assert all(left['meta'][key] == right['meta'][key] for key in ('epoch', 'iter', 'seed'))
