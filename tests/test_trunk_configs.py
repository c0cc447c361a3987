"""Each trunk's config builds, trains, runs fast, and loads the weights of its trunk."""

import copy
import math

import numpy as np
import pytest
import torch
from exported_maps import onnx_maps
from helpers import REPO, build, count_parameters
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.runner import Runner
from mmseg.registry import MODELS
from trunk_configs import NEEDS, SMALL, trunk_config

from srm_mmseg.engine.fast_inference import fast_inference
from srm_mmseg.export import int8_onnx, int8_openvino
from srm_mmseg.export.description import Description
from srm_mmseg.export.onnx_file import describe_onnx, write_onnx
from srm_mmseg.export.openvino_file import write_openvino
from srm_mmseg.jobs.export import example
from srm_mmseg.jobs.int8 import load_exported
from srm_mmseg.jobs.train import full_precision_without_gpu
from srm_mmseg.saliency.saliency_graph import SaliencyGraph

each_trunk = pytest.mark.parametrize('name', SMALL)
of_toolbox = pytest.mark.parametrize('name', [name for name in SMALL if name not in NEEDS])


def test_every_config_over_the_base_is_here():
    texts = {path.stem: path.read_text() for path in (REPO / 'configs').glob('*.py')}
    assert {name for name, text in texts.items() if 'srm_trunk.py' in text} == set(SMALL)
    assert not [name for name in SMALL if 'in_channels' in texts[name]]
    assert 'in_channels' not in (REPO / 'configs/_base_/models/srm_trunk.py').read_text()


def toy_run(name, data, work_dir):
    """Make a run of two iterations on the toy set, of images of 65 or 97 pixels."""
    config = trunk_config(name)
    config.work_dir, config.train_cfg.max_epochs = str(work_dir), 1
    config.train_cfg.val_interval = 1
    config.default_hooks.logger.interval = 1
    for loader in (config.train_dataloader, config.val_dataloader, config.test_dataloader):
        loader.update(num_workers=0, persistent_workers=False)
        loader.dataset.update(data_root=f'{data}/toy', num_pairs=None)
        for step in loader.dataset.pipeline:
            step.update({key: (65, 65) for key in ('scale', 'crop_size') if key in step})
    config.train_dataloader.collate_fn.sizes = (65, 97)
    full_precision_without_gpu(config)
    return Runner.from_cfg(config)


@each_trunk
def test_two_iterations_and_a_validation(name, toy_data, tmp_path):
    runner = toy_run(name, toy_data, tmp_path)
    before = copy.deepcopy(runner.model.state_dict())
    runner.train()
    assert runner.iter == 2
    scalars = runner.message_hub.log_scalars
    assert math.isfinite(scalars['train/loss'].current()) and 0 < scalars['val/MAE'].current() < 1
    trained = {
        key
        for key, value in runner.model.state_dict().items()
        if not torch.equal(value, before[key])
    }
    for part in ('backbone.master.', 'backbone.refinement.', 'neck.', 'decode_head.'):
        assert any(key.startswith(part) for key in trained), part
    stepped = runner.optim_wrapper.optimizer.state  # of all that had a gradient
    learning = [one for one in runner.model.parameters() if one.requires_grad]
    assert learning and all(one in stepped for one in learning)


@each_trunk
def test_fast_inference_gives_the_same(name):
    model = build(trunk_config(name).model).eval()
    image = torch.randn(1, 3, 65, 97)
    with torch.no_grad():
        expected = copy.deepcopy(model)(image, mode='tensor')
        found = fast_inference(model)(image, mode='tensor')
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)


@pytest.mark.slow
@each_trunk
def test_exported_file_gives_the_same(name, tmp_path):
    model, images = build(trunk_config(name).model).eval(), example(1, (65, 97))
    with torch.inference_mode():
        [expected] = SaliencyGraph(copy.deepcopy(model), (1, 2, 3))(images)
    found = onnx_maps(fast_inference(model), images, tmp_path / 'm.onnx')
    assert expected.std() > 1e-4
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-4)


@of_toolbox
def test_both_trunks_load_the_same_weights(name, tmp_path):
    config = trunk_config(name).model
    whole = build(config.backbone.master, seed=5)
    torch.save(dict(state_dict=whole.state_dict()), tmp_path / 'trunk.pth')
    for trunk in (config.backbone.master, config.backbone.refinement):
        trunk.init_cfg = dict(type='Pretrained', checkpoint=str(tmp_path / 'trunk.pth'))
    backbone = build(config.backbone, seed=6)
    for trunk in (backbone.master, backbone.refinement):
        loaded = trunk.state_dict()
        assert loaded and not [
            k for k in loaded if not torch.equal(loaded[k], whole.state_dict()[k])
        ]


@pytest.mark.slow
@each_trunk
def test_parameters_are_those_of_the_whole_trunk_less_what_is_left_out(name):
    config = trunk_config(name, small=False).model
    whole, model = MODELS.build(config.backbone.master), build(config).eval()
    sizes = {key: one.numel() for key, one in whole.named_parameters()}
    for trunk, is_master in ((model.backbone.master, True), (model.backbone.refinement, False)):
        kept = {key for key, _ in trunk.named_parameters()}
        left_out = set(sizes) - kept
        assert kept <= set(sizes)
        assert count_parameters(trunk) == sum(sizes.values()) - sum(sizes[key] for key in left_out)
        assert all('norm' in key for key in left_out) == is_master
    with torch.no_grad():
        predicted = model(torch.randn(1, 3, 65, 65), mode='predict')
    assert predicted[0].seg_logits.shape == (65, 65)


@each_trunk
def test_norms_biases_and_positions_do_not_decay_and_new_layers_learn_10_times_as_fast(name):
    config = trunk_config(name)
    model = build(config.model)
    full_precision_without_gpu(config)
    wrapper = build_optim_wrapper(model, config.optim_wrapper)
    names = {id(one): key for key, one in model.named_parameters()}
    groups = {
        names[id(one)]: group for group in wrapper.optimizer.param_groups for one in group['params']
    }
    assert len(groups) == len(names)
    base = config.optim_wrapper.optimizer
    for key, group in groups.items():
        is_new = not key.startswith('backbone.')
        assert group['lr'] == pytest.approx(base.lr * (10 if is_new else 1)), key
        exempt = 'relative_position' in key or model.get_parameter(key).ndim == 1
        expected = 0 if exempt and not is_new else base.weight_decay
        assert group['weight_decay'] == pytest.approx(expected), key
    assert any(group['weight_decay'] == 0 for group in groups.values())


def test_the_recipe():
    config = Config.fromfile(REPO / 'configs/srm_swin-t_duts.py')
    assert config.optim_wrapper.type == 'AmpOptimWrapper'
    assert config.optim_wrapper.optimizer.type == 'AdamW'
    sgd = Config.fromfile(REPO / 'configs/srm_r50_duts_modern.py').optim_wrapper.optimizer
    assert sgd == dict(type='SGD', lr=1.25e-4, momentum=0.9, weight_decay=5e-4)
    assert config.train_cfg.max_epochs == config.param_scheduler[-1].end == 60
    assert [one.type for one in config.param_scheduler] == ['LinearLR', 'PolyLR']
    assert [one.type for one in config.custom_hooks] == ['EMAHook']
    steps = {step.type: step for step in config.train_dataloader.dataset.pipeline}
    assert steps['RandomRotate'].degree == 10 and steps['RandomCrop'].crop_size == (353, 353)
    assert {'RandomCropAroundObject', 'RandomFlip', 'PhotoMetricDistortion'} <= set(steps)
    sizes = config.train_dataloader.collate_fn.sizes
    assert min(sizes) < 353 < max(sizes) and all(size % 32 == 1 for size in sizes)
    assert [step.get('scale') for step in config.test_dataloader.dataset.pipeline][1] == (353, 353)


@pytest.mark.slow
@pytest.mark.parametrize(
    ('name', 'engine'),
    [
        ('srm_swin-t_duts', 'onnx'),
        ('srm_swin-t_duts', 'openvino'),
        ('srm_mobilenet-v2_duts', 'onnx'),
        ('srm_r101_duts', 'onnx'),
        ('srm_mit-b2_duts', 'onnx'),
    ],
)
def test_8_bits_draw_nearly_the_same(name, engine, tmp_path):
    for package in ('onnx', 'onnxscript', 'openvino', 'nncf'):
        pytest.importorskip(package, reason=f"needs {package}: pip install -e '.[export,openvino]'")
    model = build(trunk_config(name).model).eval()
    size, images = (65, 65), example(6, (65, 65))
    description = Description(
        model=name, weights='w.pth', stages=(3,), size=size, dynamic=False,
        softmax=True, resize=True, align_corners=False,
    )  # fmt: skip
    graph = SaliencyGraph(fast_inference(model), (3,))
    write_onnx(graph, images[:1], description, tmp_path / 'm.onnx')
    small = tmp_path / {'onnx': 'int8.onnx', 'openvino': 'int8.xml'}[engine]
    to_int8 = int8_onnx.to_int8 if engine == 'onnx' else int8_openvino.to_int8
    to_int8(tmp_path / 'm.onnx', images.numpy(), tmp_path / f'part{small.suffix}', 0.01)
    if engine == 'onnx':
        describe_onnx(tmp_path / 'part.onnx', description, small)
    else:
        write_openvino(tmp_path / 'part.xml', description, small)
    with torch.inference_mode():
        [expected] = graph(images)
    found = np.concatenate([load_exported(small).outputs(one[None].numpy())[0] for one in images])
    assert expected.std() > 1e-4
    assert np.abs(found - expected.numpy()).mean() < 0.1 * float(expected.std())
