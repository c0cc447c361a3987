"""Pictures of training; weights are random ones."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
from helpers import build, model_config, run, samples
from mmengine.visualization import Visualizer
from mmseg.structures import SegDataSample

from srm_mmseg.engine.hooks.saliency_pictures_hook import (
    SaliencyPicturesHook,
    learning_strip,
    picture_name,
)


def dataset(length=3):
    generator = torch.Generator().manual_seed(0)
    packed = []
    for index in range(length):
        mask = torch.zeros(1, 50, 40, dtype=torch.uint8)
        mask[:, :25] = 1
        [sample] = samples(mask)
        sample.set_metainfo(dict(img_path=f'a/{index}.jpg'))
        image = torch.randint(0, 256, (3, 33, 65), dtype=torch.uint8, generator=generator)
        packed.append(dict(inputs=image, data_samples=sample))
    return packed


@pytest.fixture(scope='module')
def model():
    return build(model_config())


def runner_of(model, **attributes):
    shown = []
    visualizer = SimpleNamespace(add_image=lambda name, image, step: shown.append((name, step)))
    loader = SimpleNamespace(dataset=dataset())
    found = SimpleNamespace(
        model=model, visualizer=visualizer, val_dataloader=loader, iter=0, val_loop=loader
    )
    vars(found).update(attributes)
    return found, shown


def test_a_strip_is_image_mask_stages_and_error(model):
    sample = dataset()[0]
    picture = learning_strip(model, sample)
    assert picture.shape == (33, 6 * 65, 3) and picture.dtype == np.uint8
    image, mask, first, _, last, error = np.split(picture.astype(int), 6, axis=1)
    np.testing.assert_array_equal(image[..., ::-1], sample['inputs'].permute(1, 2, 0))
    assert (mask[:16] == 255).all() and (mask[17:] == 0).all()
    assert abs(first - last).max() > 0
    assert abs(error - abs(last - mask)).max() <= 1
    model.test_cfg.stage = 2
    data = dict(inputs=[sample['inputs']], data_samples=None)
    with torch.no_grad():
        logits = model.eval().test_step(data)[0].seg_logits.data
    assert np.abs(last[..., 0] - 255 * logits.softmax(0)[1].numpy()).max() <= 0.51


def test_draws_at_the_interval_and_at_validation_but_once(model):
    hook = SaliencyPicturesHook(interval=2, samples=2)
    runner, shown = runner_of(model)
    model.train()
    for runner.iter in range(4):
        hook.after_train_iter(runner, runner.iter)
    runner.iter = 4
    hook.after_val_epoch(runner)  # drawn already
    assert shown == [(f'saliency_{stem}', step) for step in (2, 4) for stem in (0, 2)]
    assert model.training
    runner.iter = 5
    hook.after_val_epoch(runner)
    assert len(shown) == 6


def test_draws_at_validation_alone(model):
    hook = SaliencyPicturesHook(interval=0, samples=9)
    runner, shown = runner_of(model, iter=6)
    hook.after_train_iter(runner, 6)
    assert not shown
    hook.after_val_epoch(runner)
    assert [name for name, _ in shown] == ['saliency_0', 'saliency_1', 'saliency_2']


def named(img_path, **meta):
    return SegDataSample(metainfo=dict(img_path=img_path, **meta))


def names_of(samples, is_of_many=False):
    names = []
    for sample in samples:
        names.append(picture_name(sample, is_of_many, names))
    return names


def test_images_of_equal_names_have_pictures_of_their_own():
    folders = [named(f'{folder}/000.jpg', stem=f'{folder}/000') for folder in 'xy']
    assert names_of(folders) == ['x_000', 'y_000']
    assert names_of([named('a/0.jpg'), named('b/0.png'), named('c/0.jpg')]) == ['0', '0-2', '0-3']
    assert names_of([named('a/0.jpg'), named('b/0-2.jpg'), named('b/0.jpg')]) == ['0', '0-2', '0-3']
    sets = [named('0.jpg', stem='0', dataset_name=name) for name in ('ECSSD', 'my set', 'ECSSD')]
    assert names_of(sets, True) == ['ECSSD_0', 'my_set_0', 'ECSSD_0-2']


def test_names_are_those_that_file_systems_and_tensorboard_keep():
    odd = ['a b', 'a_b', 'a:b', 'A_B', '方法', '方法\udcff', 'n' * 300, 'm' + 'n' * 299, '方' * 100]
    names = names_of([named(f'{stem}.jpg') for stem in odd])
    assert len({name.casefold() for name in names}) == len(odd)
    assert names[:5] == ['a_b', 'a_b-2', 'a_b-3', 'A_B-4', '方法']
    assert all(len(f'saliency_{name}_1000000.png'.encode()) <= 255 for name in names)


def test_a_picture_an_image_in_folders(model, tmp_path):
    visualizer = Visualizer(vis_backends=[dict(type='LocalVisBackend')], save_dir=str(tmp_path))
    twins = dataset(2)
    for folder, one in zip('xy', twins):
        one['data_samples'].set_metainfo(dict(img_path=f'{folder}/0.jpg', stem=f'{folder}/0'))
    loader = SimpleNamespace(dataset=twins)
    hook = SaliencyPicturesHook(interval=0)
    for iteration in (10, 20):
        runner, _ = runner_of(model, visualizer=visualizer, iter=iteration, val_dataloader=loader)
        hook.after_val_epoch(runner)
    names = sorted(path.name for path in tmp_path.rglob('*.png'))
    assert names == [f'saliency_{folder}_0_{step}.png' for folder in 'xy' for step in (10, 20)]


def test_leaves_the_weights_alone(model):
    model.train()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    SaliencyPicturesHook(samples=1).after_val_epoch(runner_of(model)[0])
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())


def test_needs_a_validation_set(model):
    with pytest.raises(ValueError, match='images of the validation set'):
        SaliencyPicturesHook().before_train(runner_of(model, val_loop=None)[0])


@pytest.mark.parametrize('settings', [dict(samples=0), dict(interval=-1)])
def test_refuses_nonsense(settings):
    with pytest.raises(ValueError, match='Expected samples to be at least 1'):
        SaliencyPicturesHook(**settings)


def test_every_backend_gets_the_pictures(model, tmp_path):
    pytest.importorskip('tensorboard', reason='needs tensorboard: pip install tensorboard')
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    backends = [dict(type='LocalVisBackend'), dict(type='TensorboardVisBackend')]
    visualizer = Visualizer(vis_backends=backends, save_dir=str(tmp_path))
    hook = SaliencyPicturesHook(interval=0, samples=1)
    for iteration in (10, 20):
        hook.after_val_epoch(runner_of(model, visualizer=visualizer, iter=iteration)[0])
    visualizer.close()
    names = {path.name for path in tmp_path.rglob('*.png')}
    assert names == {'saliency_0_10.png', 'saliency_0_20.png'}
    [event] = tmp_path.rglob('events.out.tfevents*')
    shown = EventAccumulator(str(event.parent)).Reload().Images('saliency_0')
    assert [(image.step, image.width, image.height) for image in shown] == [
        *((10, 6 * 65, 33), (20, 6 * 65, 33)),
    ]


def test_a_run_draws(tiny_config, toy_data, tmp_path):
    config = tmp_path / 'pictures.py'
    config.write_text(f"""
_base_ = {str(tiny_config)!r}
custom_hooks = [
    *_base_.custom_hooks, dict(type='SaliencyPicturesHook', interval=1, samples=2)
]
train_cfg = dict(max_epochs=1)
""")
    run('python', 'tools/train.py', config, '--work-dir', tmp_path, data=toy_data)
    pictures = sorted(tmp_path.glob('*/vis_data/vis_image/saliency_*.png'))
    assert len(pictures) == 2 * 2  # samples x iterations; the validation is at the second one
    assert {path.stem[-1] for path in pictures} == {'1', '2'}
    assert all(cv2.imread(str(path)).shape == (65, 6 * 65, 3) for path in pictures)
