"""Which checkpoint a training goes on from, whatever state its work folder is in."""

import os
import shutil

import pytest
import torch
from mmengine.config import Config
from mmseg.registry import MODELS
from torch import nn

from srm_mmseg.datasets.image_file import BadFileError
from srm_mmseg.engine.resume import LAST, prepare_start


@MODELS.register_module(force=True)
class TwoLayers(nn.Sequential):
    def __init__(self, width):
        super().__init__(nn.Linear(4, width), nn.Linear(width, 1))


@pytest.fixture
def config(tmp_path):
    (tmp_path / 'work').mkdir()
    return Config(
        dict(
            model=dict(type='TwoLayers', width=3),
            default_scope='mmseg',
            train_cfg=dict(max_epochs=20),
            val_cfg=dict(),
            param_scheduler=[dict()],
            default_hooks=dict(checkpoint=dict(type='WholeCheckpointHook')),
            work_dir=str(tmp_path / 'work'),
            load_from='start.pth',
        )
    )


@pytest.fixture
def work(config, tmp_path):
    return tmp_path / 'work'


def save(path, epoch, iteration=None, width=3, seed=7, due=False, without=(), parts=(), **meta):
    checkpoint = dict(
        meta=dict(epoch=epoch, iter=iteration or 10 * epoch, seed=seed, **meta),
        state_dict=TwoLayers(width).state_dict(),
        message_hub=dict(runtime_info=dict(due_validation=due), log_scalars={}, resumed_keys={}),
        optimizer={},
        param_schedulers=[],
    )
    checkpoint.update(parts)
    torch.save({key: value for key, value in checkpoint.items() if key not in without}, path)
    return path


def resumed(config, capsys, resume=LAST):
    """Return the name that is resumed from, and the one line that says so."""
    assert prepare_start(config, resume)
    lines = capsys.readouterr().out.splitlines()
    assert config.resume is True
    return os.path.basename(config.load_from), lines[0] if len(lines) == 1 else lines


POINTERS = {
    'missing': (None, 'last_checkpoint is missing'),
    'empty': (b'', 'last_checkpoint is empty'),
    'blank': (b' \n', 'last_checkpoint is empty'),
    'zeros': (b'\0' * 30, 'last_checkpoint is empty'),
    'bytes': (b'\xff\xfe\x00', 'last_checkpoint cannot be read'),
    'elsewhere': (b'/somewhere/epoch_2.pth', "names '/somewhere/epoch_2.pth', in another folder"),
    'older': (b'%b/epoch_1.pth', "last_checkpoint names 'epoch_1.pth'"),
    'nonsense': (b'\x7fELF', "last_checkpoint names '\\x7fELF'"),
    'another name alone': (b'epoch_1.pth\r\n', "last_checkpoint names 'epoch_1.pth'."),
    'long': (b'/x' * 50_000, "/x...', in another folder"),
    'a zero byte in it': (b'/a\0b/epoch_1.pth', 'last_checkpoint cannot be read'),
}


@pytest.mark.parametrize('pointer', POINTERS)
def test_the_newest_whatever_last_checkpoint_says(pointer, config, work, capsys):
    save(work / 'epoch_1.pth', 1)
    save(work / 'epoch_2.pth', 2)
    content, remark = POINTERS[pointer]
    if content is not None:
        (work / 'last_checkpoint').write_bytes(content.replace(b'%b', bytes(work)))
    name, line = resumed(config, capsys)
    assert name == 'epoch_2.pth' and 'epoch 2, iteration 20' in line and remark in line


def test_no_remark_where_last_checkpoint_is_right(config, work, capsys):
    path = save(work / 'epoch_2.pth', 2)
    (work / 'last_checkpoint').write_text(str(path))
    assert resumed(config, capsys) == (
        'epoch_2.pth',
        f'Resuming from {str(path)!r} (epoch 2, iteration 20), the newest whole checkpoint.',
    )


def test_last_checkpoint_may_be_a_folder_or_a_link_to_nothing(config, work, capsys):
    save(work / 'epoch_2.pth', 2)
    (work / 'last_checkpoint').mkdir()
    assert 'last_checkpoint cannot be read' in resumed(config, capsys)[1]
    (work / 'last_checkpoint').rmdir()
    (work / 'last_checkpoint').symlink_to('nothing')
    assert 'last_checkpoint cannot be read' in resumed(config, capsys)[1]


@pytest.mark.parametrize('length', [0, 1, 100, 0.3, 0.9, -100, -1])
def test_truncated_ones_are_passed_over_and_named(length, config, work, capsys):
    save(work / 'epoch_2.pth', 2)
    for name in ('epoch_3.pth', 'epoch_4.pth'):
        data = save(work / name, 4).read_bytes()
        length = int(length * len(data)) if isinstance(length, float) else length
        (work / name).write_bytes(data[:length])
    name, line = resumed(config, capsys)
    reason = 'empty' if length == 0 else 'truncated or damaged'
    assert name == 'epoch_2.pth'
    assert f"passed over: 'epoch_3.pth' ({reason}), 'epoch_4.pth' ({reason})" in line


@pytest.mark.parametrize('place', [0.1, 0.5, 0.8])
def test_holes_of_a_power_loss(place, config, work, capsys):
    save(work / 'epoch_2.pth', 2)
    path = save(work / 'epoch_3.pth', 3)
    data = bytearray(path.read_bytes())
    start = int(place * len(data))
    data[start : start + len(data) // 6] = bytes(len(data) // 6)
    path.write_bytes(data)
    assert resumed(config, capsys)[0] == 'epoch_2.pth'


def test_what_a_checkpoint_holds_counts_not_its_name_or_age(config, work, capsys):
    save(work / 'epoch_10.pth', 10)
    save(work / 'epoch_9.pth', 9)
    assert resumed(config, capsys)[0] == 'epoch_10.pth'
    save(work / 'epoch_11.pth', 1)
    assert resumed(config, capsys)[0] == 'epoch_10.pth'
    save(work / 'iter_105.pth', 10, 105)
    assert resumed(config, capsys)[0] == 'iter_105.pth'
    save(work / 'iter_90.pth', 9, 90)
    os.utime(work / 'iter_90.pth', (2**31, 2**31))
    assert resumed(config, capsys)[0] == 'iter_105.pth'


STRANGE = {
    'state_dict': ({'0.weight': 5, '0.bias': None, '1.weight': 'x', '1.bias': [1]},),
    'optimizer': (
        *(5, None, [], {'state': 'x', 'param_groups': []}, {'state': {}, 'param_groups': [5]}),
        {'state': {0: {'momentum_buffer': 'x'}}, 'param_groups': []},
    ),
    'param_schedulers': (5, None, ['x']),
    'message_hub': (
        *(5, [], {'runtime_info': None}, {'log_scalars': 'x'}),
        *({'runtime_info': {key: None}} for key in ('best_ckpt', 'last_ckpt', 'best_ckpt_MAE')),
        *({'runtime_info': {'outdated_ckpts': value}} for value in ([5], 'x', None)),
        *({'runtime_info': {'keep_ckpt_ids': value}} for value in (['x'], 'x', None)),
    ),
}
FOREIGN = {
    'weights': (lambda p: save(p, 9, without=['optimizer']), 'weights alone'),
    'no schedulers': (lambda p: save(p, 9, without=['param_schedulers']), 'without the state'),
    'no progress': (lambda p: save(p, 9, without=['message_hub']), 'without the iteration'),
    'other width': (lambda p: save(p, 9, width=5), 'of another model: '),
    **{
        f'{part} {value}'[:80]: (
            lambda p, part=part, value=value: save(p, 9, parts={part: value}),
            'of another model: 0.bias' if part == 'state_dict' else 'damaged: ',
        )
        for part, strange in STRANGE.items()
        for value in strange
    },
    **{
        f'meta {key} {value}': (
            lambda p, key=key, value=value: save(p, **{'epoch': 9, key: value}),
            'of no seed' if key == 'seed' else 'without the iteration',
        )
        for key, value in (('epoch', -1), ('epoch', True), ('iteration', 1.5), ('seed', 'x'))
    },
    'a huge seed': (lambda p: save(p, 9, seed=2**32), 'of no seed that a run can have'),
    'a list': (lambda p: torch.save([1], p), 'not the checkpoint of a run'),
    'a state': (lambda p: torch.save(TwoLayers(3).state_dict(), p), 'not the checkpoint of a run'),
    'code': (lambda p: torch.save(dict(meta=print), p), 'refused'),
    'text': (lambda p: p.write_text('hello'), 'truncated or damaged'),
    'folder': (lambda p: p.mkdir(), 'a folder'),
    'link to nothing': (lambda p: p.symlink_to('nothing'), 'a link to nothing'),
}


@pytest.mark.parametrize('kind', FOREIGN)
def test_foreign_files_are_passed_over_and_named(kind, config, work, capsys):
    save(work / 'epoch_2.pth', 2)
    make, reason = FOREIGN[kind]
    make(work / 'epoch_9.pth')
    name, line = resumed(config, capsys)
    assert name == 'epoch_2.pth' and f"'epoch_9.pth' ({reason}" in line


@pytest.mark.parametrize('kind', FOREIGN)
def test_nothing_but_foreign_files_is_an_error(kind, config, work):
    FOREIGN[kind][0](work / 'epoch_9.pth')
    with pytest.raises(BadFileError, match=r"got 'epoch_9.pth' \("):
        prepare_start(config, LAST)


def test_best_checkpoints_are_not_resumed(config, work, capsys):
    save(work / 'best_MAE_epoch_9.pth', 9, without=['optimizer', 'param_schedulers'])
    with pytest.raises(BadFileError, match=r"'best_MAE_epoch_9.pth' \(weights alone\)"):
        prepare_start(config, LAST)
    save(work / 'epoch_2.pth', 2)
    assert resumed(config, capsys)[0] == 'epoch_2.pth'


def test_a_moved_and_a_copied_folder_resume_from_their_own_files(config, work, capsys, tmp_path):
    path = save(work / 'epoch_2.pth', 2)
    (work / 'last_checkpoint').write_text(str(path))
    config.work_dir = str(shutil.copytree(work, tmp_path / 'copied'))
    _, line = resumed(config, capsys)
    assert config.load_from == str(tmp_path / 'copied/epoch_2.pth')
    assert f'last_checkpoint names {str(path)!r}, in another folder' in line
    config.work_dir = str(work.rename(tmp_path / 'moved'))
    resumed(config, capsys)
    assert config.load_from == str(tmp_path / 'moved/epoch_2.pth')


def test_links_are_followed(config, work, capsys, tmp_path):
    path = save(tmp_path / 'scratch.pth', 2)
    (work / 'epoch_2.pth').symlink_to(path)
    (tmp_path / 'link').symlink_to(work)
    config.work_dir = str(tmp_path / 'link')
    (work / 'last_checkpoint').write_text(str(work / 'epoch_2.pth'))
    name, line = resumed(config, capsys)
    assert name == 'epoch_2.pth' and 'last_checkpoint' not in line


def test_no_checkpoint_at_all(config, work, capsys):
    save(work / 'start.pth', 1)  # not a name of a run's checkpoint
    (work / 'last_checkpoint').write_text('')
    assert prepare_start(config, LAST)
    assert 'to resume: training starts at the beginning' in capsys.readouterr().out
    assert not config.get('resume') and config.load_from == 'start.pth'
    config.work_dir += '/new'
    assert prepare_start(config, LAST)


def test_a_run_whose_checkpoints_are_gone_does_not_begin_anew(config, work):
    (work / 'last_checkpoint').write_text('/somewhere/epoch_2.pth')
    with pytest.raises(BadFileError, match="names '/somewhere/epoch_2.pth', but there is none"):
        prepare_start(config, LAST)


@pytest.mark.parametrize('name', ['epoch_1.pth', 'iter_10.pth', 'best_MAE_epoch_1.pth', 'at_1.pth'])
def test_a_new_start_over_checkpoints_is_refused(name, config, work):
    config.default_hooks.checkpoint.filename_tmpl = 'at_{}.pth'
    (work / 'start.pth').touch()
    assert prepare_start(config, None)
    (work / name).touch()
    with pytest.raises(BadFileError, match=f'{name}.*--resume.*--work-dir.*remove'):
        prepare_start(config, None)


def test_checkpoints_in_a_folder_of_their_own(config, work, capsys, tmp_path):
    config.default_hooks.checkpoint.out_dir = str(tmp_path / 'out')
    (tmp_path / 'out/work').mkdir(parents=True)
    path = save(tmp_path / 'out/work/epoch_2.pth', 2)
    (work / 'last_checkpoint').write_text(str(path))
    _, line = resumed(config, capsys)
    assert config.load_from == str(path) and 'last_checkpoint' not in line
    config.resume = False
    with pytest.raises(BadFileError, match='--resume'):
        prepare_start(config, None)
    config.default_hooks.checkpoint.out_dir = 's3://bucket'
    with pytest.raises(BadFileError, match='--resume CHECKPOINT'):
        prepare_start(config, LAST)


def test_a_finished_run_says_so(config, work, capsys):
    save(work / 'epoch_20.pth', 20)
    before = sorted((path, path.stat().st_mtime_ns) for path in work.iterdir())
    assert not prepare_start(config, LAST)
    out = capsys.readouterr().out
    assert out.startswith('Nothing is left to train') and 'epoch 20, iteration 200' in out
    assert out.count('\n') == 1
    assert sorted((path, path.stat().st_mtime_ns) for path in work.iterdir()) == before
    config.train_cfg = dict(type='IterBasedTrainLoop', max_iters=200)
    assert not prepare_start(config, LAST)
    config.train_cfg.max_iters = 201
    assert prepare_start(config, LAST)


def test_a_run_without_its_last_validation_is_not_finished(config, work):
    save(work / 'epoch_20.pth', 20, due=True)
    assert prepare_start(config, LAST) and config.resume
    config.pop('val_cfg')
    assert not prepare_start(config, LAST)


def test_the_seed_goes_on(config, work):
    save(work / 'epoch_2.pth', 2, seed=1234)
    config.randomness = dict(deterministic=True)
    prepare_start(config, LAST)
    assert config.randomness == dict(deterministic=True, seed=1234)


def test_a_named_checkpoint(config, work, capsys, tmp_path):
    other = save(tmp_path / 'other.pth', 3)
    assert prepare_start(config, str(other)) and config.load_from == str(other)
    save(work / 'epoch_5.pth', 5)
    with pytest.raises(BadFileError, match='epoch_5.pth'):  # it would be replaced
        prepare_start(config, str(other))
    back = save(work / 'epoch_4.pth', 4)
    assert prepare_start(config, str(back)) and config.load_from == str(back)
    with pytest.raises(FileNotFoundError, match='no such file'):
        prepare_start(config, str(work / 'epoch_6.pth'))
    back.write_bytes(back.read_bytes()[:200])
    with pytest.raises(BadFileError, match='epoch_4.pth.* is truncated or damaged'):
        prepare_start(config, str(back))


def test_resume_set_in_the_config(config, work):
    save(work / 'epoch_2.pth', 2)
    config.resume, config.load_from = True, None
    assert prepare_start(config, None) and config.load_from.endswith('epoch_2.pth')
    (work / 'epoch_2.pth').unlink()
    config.load_from = 'missing.pth'
    with pytest.raises(FileNotFoundError, match='missing.pth'):
        prepare_start(config, None)
