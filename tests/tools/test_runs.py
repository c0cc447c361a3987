"""Training and testing from the command line, with the plugin's tools and the toolbox's own."""

import json
import re
from pathlib import Path

import cv2
import mmseg
import numpy as np
import pytest
import torch
from helpers import run
from mmseg.apis import inference_model, init_model

from srm_mmseg.saliency.pictures import overlay

STOCK = Path(mmseg.__file__).parent / '.mim/tools'


def scores(done):
    """Read the measures that a run of test.py logged last."""
    line = re.findall(r'Epoch\((?:test|val)\).*MAE.*', done.stdout + done.stderr)[-1]
    found = re.findall(r'(\w+): (-?[\d.]+)', line)
    return {key: float(value) for key, value in found if 'time' not in key}


def test(*args, tool='tools/test.py', **kwargs):
    return run('python', tool, *args, **kwargs)


test.__test__ = False


def best_score(work_dir):
    log = next(work_dir.glob('*/*.log')).read_text()
    return min(float(value) for value in re.findall(r'Epoch\(val\).*MAE: ([\d.]+)', log))


def test_training_logs_each_stage_and_keeps_the_lowest_mae(trained):
    log = next(trained.glob('*/*.log')).read_text()
    for stage in (1, 2, 3):
        assert f'decode.loss_s{stage}: ' in log
    best = torch.load(next(trained.glob('best_MAE_epoch_*.pth')), weights_only=False)
    assert best['message_hub']['runtime_info']['best_score'] == pytest.approx(
        best_score(trained), abs=1e-4
    )


def test_tested_weights_score_as_they_did_in_training(trained, tiny_config, toy_data, tmp_path):
    done = test(tiny_config, trained / 'epoch_2.pth', '--work-dir', tmp_path, data=toy_data)
    log = next(trained.glob('*/*.log')).read_text()
    logged = float(re.findall(r'Epoch\(val\).*MAE: ([\d.]+)', log)[-1])
    assert scores(done)['MAE'] == pytest.approx(logged, abs=1e-4)


def test_stage_is_a_flag_and_a_setting(trained, tiny_config, toy_data, tmp_path):
    by_stage = [
        scores(
            test(
                *(tiny_config, trained / 'epoch_2.pth', '--work-dir', tmp_path),
                *flags,
                data=toy_data,
            )
        )['MAE']
        for flags in (
            ('--stage', 1),
            ('--cfg-options', 'model.test_cfg.stage=0'),
            ('--stage', 3),
            ('--cfg-options', 'model.test_cfg.stage=-1'),
        )
    ]
    assert by_stage[0] == by_stage[1] != by_stage[2] == by_stage[3]


def test_same_prediction_after_save_and_load(trained, tiny_config, toy_data, tmp_path):
    for name in ('a', 'b'):
        test(
            *(tiny_config, trained / 'epoch_2.pth', '--work-dir', tmp_path),
            *('--out', tmp_path / name),
            data=toy_data,
        )
    maps = sorted((tmp_path / 'a/toy').iterdir())
    assert len(maps) == 5
    for path in maps:
        image = toy_data / f'toy/DUTS-TE/DUTS-TE-Image/{path.stem}.jpg'
        saliency = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert saliency.shape == cv2.imread(str(image)).shape[:2]
        assert path.read_bytes() == (tmp_path / 'b/toy' / path.name).read_bytes()


def test_resumes_where_it_stopped(trained, tiny_config, toy_data, tmp_path):
    command = ('python', 'tools/train.py', tiny_config, '--work-dir', tmp_path)
    run(*command, '--cfg-options', 'train_cfg.max_epochs=1', data=toy_data)
    assert not (tmp_path / 'epoch_2.pth').exists()
    # As after a start from given weights, which are not what is resumed.
    run(*command, '--resume', '--cfg-options', 'load_from=weights.pth', data=toy_data)
    whole, resumed = (
        torch.load(folder / 'epoch_2.pth', weights_only=False) for folder in (trained, tmp_path)
    )
    assert whole['meta']['iter'] == resumed['meta']['iter'] == 4
    for state in (whole, resumed):
        assert {int(moments['step']) for moments in state['optimizer']['state'].values()} == {4}
    rates = [state['optimizer']['param_groups'][0]['lr'] for state in (whole, resumed)]
    assert rates[0] == pytest.approx(rates[1])
    first = torch.load(tmp_path / 'epoch_1.pth', weights_only=False)['state_dict']
    assert any(not torch.equal(first[k], v) for k, v in resumed['state_dict'].items())


def test_resumes_from_a_named_checkpoint_or_starts_anew(trained, tiny_config, toy_data, tmp_path):
    command = ('python', 'tools/train.py', tiny_config, '--work-dir')
    run(*command, tmp_path / 'named', '--resume', trained / 'epoch_1.pth', data=toy_data)
    names = sorted(path.name for path in (tmp_path / 'named').glob('epoch_*.pth'))
    assert names == ['epoch_2.pth']
    done = run(
        *(*command, tmp_path / 'new', '--resume', '--cfg-options', 'train_cfg.max_epochs=1'),
        data=toy_data,
    )
    assert 'to resume: training starts at the beginning' in done.stdout
    assert (tmp_path / 'new/epoch_1.pth').exists()


def test_painted_predictions(trained, tiny_config, toy_data, tmp_path):
    test(
        *(tiny_config, trained / 'epoch_2.pth', '--work-dir', tmp_path / 'work'),
        *('--show-dir', tmp_path / 'painted', '--out', tmp_path / 'maps'),
        data=toy_data,
    )
    pictures = sorted((tmp_path / 'painted').rglob('*.*'))
    images = toy_data / 'toy/DUTS-TE/DUTS-TE-Image'
    assert [path.relative_to(tmp_path) for path in pictures] == [
        Path(f'painted/toy/0000{number}.png') for number in range(5)
    ]
    for path in pictures:
        saliency = cv2.imread(str(tmp_path / f'maps/toy/{path.name}'), cv2.IMREAD_UNCHANGED)
        image = cv2.imread(str(images / f'{path.stem}.jpg'))
        expected = overlay(image[..., ::-1], saliency)[..., ::-1]
        assert (cv2.imread(str(path)) == expected).all()


def test_views_of_an_image_are_averaged(trained, tiny_config, toy_data, tmp_path):
    maps = {}
    for name, flags in {'plain': (), 'tta': ('--tta',)}.items():
        test(
            *(tiny_config, trained / 'epoch_2.pth', '--work-dir', tmp_path),
            *('--out', tmp_path / name, *flags),
            data=toy_data,
        )
        maps[name] = cv2.imread(str(tmp_path / name / 'toy/00000.png'), cv2.IMREAD_UNCHANGED)
    assert maps['plain'].shape == maps['tta'].shape
    assert (maps['plain'] != maps['tta']).any()


def test_curves_are_saved_with_the_run(trained, tiny_config, toy_data, tmp_path):
    for iteration in (2, 4):
        numbers = json.loads(next(trained.glob(f'*/curves/val_{iteration}.json')).read_text())
        assert list(numbers) == ['toy'] and len(numbers['toy']['recall']) == 256
    done = test(tiny_config, trained / 'epoch_2.pth', '--work-dir', tmp_path, data=toy_data)
    folder = next(tmp_path.glob('*/curves'))
    curves = json.loads((folder / 'test.json').read_text())['toy']
    assert max(curves['f']) == pytest.approx(scores(done)['maxF'], abs=1e-4)
    assert np.mean(curves['e']) == pytest.approx(scores(done)['meanE'], abs=1e-4)
    assert cv2.imread(str(folder / 'pr.png')).std() > 0 and (folder / 'f_threshold.pdf').exists()


def test_early_stopping_and_the_best_of_a_measure(tiny_config, toy_data, tmp_path):
    config = tmp_path / 'early.py'
    config.write_text(f"""
_base_ = {str(tiny_config)!r}
default_hooks = dict(checkpoint=dict(save_best=['Sm', 'wF'], rule='greater'))
custom_hooks = [
    dict(type='EarlyStoppingHook', monitor='Sm', rule='greater', min_delta=2, patience=1),
    dict(type='SyncBuffersHook'),
]
train_cfg = dict(max_epochs=9)
""")
    run('python', 'tools/train.py', config, '--work-dir', tmp_path, data=toy_data)
    assert len(list(tmp_path.glob('best_Sm_epoch_*.pth'))) == 1
    assert len(list(tmp_path.glob('best_wF_epoch_*.pth'))) == 1
    assert (tmp_path / 'epoch_2.pth').exists() and not (tmp_path / 'epoch_3.pth').exists()


def test_iou_metric_works_beside_ours(trained, tiny_config, toy_data, tmp_path):
    config = tmp_path / 'both.py'
    config.write_text(
        f'_base_ = {str(tiny_config)!r}\n'
        "test_evaluator = [dict(type='SODMetric'), dict(type='IoUMetric')]\n"
    )
    command = (config, trained / 'epoch_2.pth', '--work-dir', tmp_path)
    done = test(*command, '--out', tmp_path / 'maps', data=toy_data)
    assert len(list((tmp_path / 'maps/toy').iterdir())) == 5
    assert 0 <= scores(done)['mIoU'] <= 100 and 0 < scores(done)['MAE'] < 1
    assert 'salient' in done.stdout + done.stderr


@pytest.mark.slow
def test_the_toolbox_own_scripts(trained, tiny_config, toy_data, tmp_path):
    run('python', STOCK / 'train.py', tiny_config, '--work-dir', tmp_path, data=toy_data)
    run(
        'python', STOCK / 'train.py', tiny_config, '--work-dir', tmp_path, '--resume', data=toy_data
    )
    command = (tiny_config, trained / 'epoch_2.pth', '--work-dir', tmp_path)
    stock = test(*command, '--out', tmp_path / 'stock', tool=STOCK / 'test.py', data=toy_data)
    ours = test(*command, '--out', tmp_path / 'ours', data=toy_data)
    assert scores(stock)['MAE'] == scores(ours)['MAE']
    names = sorted(path.name for path in (tmp_path / 'stock/toy').iterdir())
    assert len(names) == 5
    for name in names:
        left, right = (
            cv2.imread(str(tmp_path / folder / 'toy' / name), cv2.IMREAD_UNCHANGED)
            for folder in ('stock', 'ours')
        )
        np.testing.assert_array_equal(left, right)


def test_the_toolbox_own_inference(trained, tiny_config, toy_data, monkeypatch):
    monkeypatch.setenv('SOD_DATA', str(toy_data))
    image = toy_data / 'toy/DUTS-TE/DUTS-TE-Image/00000.jpg'
    model = init_model(str(tiny_config), str(trained / 'epoch_2.pth'), device='cpu')
    from_file = inference_model(model, str(image))
    assert from_file.seg_logits.shape == cv2.imread(str(image)).shape[:2]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="the toolbox's launcher needs a GPU")
def test_the_toolbox_own_dist_train(tiny_config, toy_data, tmp_path):
    run('bash', STOCK / 'dist_train.sh', tiny_config, 1, '--work-dir', tmp_path, data=toy_data)
    assert (tmp_path / 'epoch_2.pth').exists()


def test_gradients_accumulate(tiny_config, toy_data, tmp_path):
    command = ('python', 'tools/train.py', tiny_config, '--work-dir', tmp_path, '--cfg-options')
    run(
        *(*command, 'train_dataloader.batch_size=1', 'optim_wrapper.accumulative_counts=4'),
        'train_cfg.max_epochs=1',
        data=toy_data,
    )
    state = torch.load(tmp_path / 'epoch_1.pth', weights_only=False)['optimizer']['state']
    assert {int(moments['step']) for moments in state.values()} == {2}  # of 8 images


@pytest.mark.parametrize('dtype', ['float32', pytest.param('bfloat16', marks=pytest.mark.slow)])
def test_fast_test_scores_as_the_plain_one(dtype, trained, tiny_config, toy_data, tmp_path):
    command = (tiny_config, trained / 'epoch_2.pth', '--work-dir', tmp_path)
    plain = scores(test(*command, data=toy_data))
    for flags in ((), ('--tta',)):
        fast = scores(test(*command, '--fast', dtype, *flags, data=toy_data))
        tolerance = 0.05 if flags else (2e-4 if dtype == 'float32' else 0.01)
        assert fast['MAE'] == pytest.approx(plain['MAE'], abs=tolerance)


@pytest.mark.slow
def test_an_exported_file_scores_as_its_model(trained, tiny_config, toy_data, tmp_path):
    weights, file = trained / 'epoch_2.pth', tmp_path / 'm.onnx'
    run('python', 'tools/export.py', tiny_config, weights, file, '--stages')
    plain = scores(test(tiny_config, weights, '--work-dir', tmp_path, data=toy_data))
    command = (tiny_config, '--backend', file, '--work-dir', tmp_path)
    done = test(*command, data=toy_data)
    assert 'device: onnxruntime on CPU' in done.stdout + done.stderr
    assert scores(done) == pytest.approx(plain, abs=2e-3)  # maps are resized, not logits
    first = scores(test(*command, '--stage', 1, data=toy_data))
    of_stage = scores(
        test(tiny_config, weights, '--stage', 1, '--work-dir', tmp_path, data=toy_data)
    )
    assert first == pytest.approx(of_stage, abs=2e-3) and first != pytest.approx(plain, abs=2e-3)
    refused = test(*command, '--stage', 4, data=toy_data, check=False)
    assert '(1, 2, 3), but got 4' in refused.stderr


@pytest.mark.parametrize(
    ('flags', 'message'),
    [
        (('--backend', 'a.onnx', '--fast'), 'no --tta, --fast or --launcher with --backend'),
        (('--precision', 'f32', 'a.pth'), '--precision with --backend'),
        ((), 'expected a checkpoint'),
    ],
)
def test_flags_of_an_exported_file(tiny_config, flags, message):
    done = test(tiny_config, *flags, check=False)
    assert done.returncode == 2 and message in done.stderr


@pytest.mark.slow  # bfloat16 is slow on many CPUs
def test_mixed_precision_flag(tiny_config, toy_data, tmp_path):
    command = ('python', 'tools/train.py', tiny_config, '--work-dir', tmp_path, '--amp')
    run(*command, data=toy_data)
    assert (tmp_path / 'epoch_2.pth').exists()


@pytest.mark.parametrize('stages', [1, 2])
def test_fewer_stages(stages, tiny_config, toy_data, tmp_path):
    refinement = 'None' if stages == 1 else 'dict(out_indices=(2,))'
    config = tmp_path / 'fewer.py'
    config.write_text(f"""
_base_ = {str(tiny_config)!r}
model = dict(
    backbone=dict(refinement={refinement}),
    decode_head=dict(loss_decode=dict(stage_weights={(1.0,) * stages})),
)
train_cfg = dict(max_epochs=1)
""")
    run('python', 'tools/train.py', config, '--work-dir', tmp_path, data=toy_data)
    log = next(tmp_path.glob('*/*.log')).read_text()
    assert f'loss_s{stages}: ' in log and f'loss_s{stages + 1}: ' not in log
