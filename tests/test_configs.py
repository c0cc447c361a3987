import re

import pytest
import torch
from helpers import REPO, build
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import PARAM_SCHEDULERS
from trunk_configs import SMALL

from srm_mmseg.engine.hooks.whole_checkpoint_hook import WholeCheckpointHook

CONFIGS = sorted((REPO / 'configs').glob('*.py'))
# Those of other trunks are built in tests/test_trunk_configs.py.
OF_THE_PAPERS_TRUNKS = [path for path in CONFIGS if path.stem not in SMALL]
A_CONFIG_A_MODEL = list(
    {str(Config.fromfile(path).model): path for path in OF_THE_PAPERS_TRUNKS}.values()
)
BASES = sorted((REPO / 'configs/_base_').rglob('*.py'))


def test_there_are_configs():
    assert {'srm_r50_duts.py', 'srm_r18_demo.py', 'srm_r18_ecssd.py'} <= {c.name for c in CONFIGS}
    assert len(BASES) >= 6 and len(A_CONFIG_A_MODEL) == 5


def load(path):
    """Read a config; trunks start from random weights, as no download is possible in a test."""
    config = Config.fromfile(path)
    for trunk in (config.model.backbone.master, config.model.backbone.refinement):
        trunk.pop('init_cfg', None)
    return config


@pytest.mark.parametrize('path', A_CONFIG_A_MODEL, ids=lambda path: path.name)
def test_config_builds_and_predicts(path):
    model = build(load(path).model).eval()
    with torch.no_grad():
        predicted = model(torch.randn(1, 3, 65, 65), mode='predict')
    assert predicted[0].seg_logits.shape == (65, 65)


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.name)
def test_config_has_what_a_run_needs(path):
    config = Config.fromfile(path)
    for key in ('train_dataloader', 'val_dataloader', 'test_dataloader', 'train_cfg', 'val_cfg'):
        assert key in config, key
    assert config.val_evaluator.type == config.test_evaluator.type == 'SODMetric'
    assert config.default_hooks.checkpoint.save_best == 'MAE'
    settings = {k: v for k, v in config.default_hooks.checkpoint.items() if k != 'type'}
    assert WholeCheckpointHook(**settings).rules == ['less']
    assert config.custom_imports.imports == ['srm_mmseg.register']


@pytest.mark.parametrize('path', OF_THE_PAPERS_TRUNKS, ids=lambda path: path.name)
def test_an_optimizer_can_be_built_of_a_config(path):
    config = load(path)
    build_optim_wrapper(build(config.model), config.optim_wrapper)


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.name)
def test_config_opens_with_its_purpose_and_measurements(path):
    header = path.read_text().split('_base_')[0]
    assert header.startswith('# ')
    assert re.search(r'ot yet trained|\d{4}-\d\d-\d\d', header), 'no date of measurement'


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.name)
def test_masks_keep_their_size_in_testing(path):
    config = Config.fromfile(path)
    for loader in (config.val_dataloader, config.test_dataloader):
        for dataset in loader.dataset.get('datasets', [loader.dataset]):
            steps = [step.type for step in dataset.pipeline]
            assert steps.index('LoadSaliencyMask') > steps.index('Resize')


def test_custom_imports_stand_in_one_place():
    assert [b.name for b in BASES + CONFIGS if 'custom_imports' in b.read_text()] == [
        'default_runtime.py'
    ]


def test_main_config_is_the_papers():
    config = Config.fromfile(REPO / 'configs/srm_r50_duts.py')
    backbone = config.model.backbone
    for trunk in (backbone.master, backbone.refinement):
        assert trunk.init_cfg == dict(type='Pretrained', checkpoint='torchvision://resnet50')
        assert trunk.depth == 50 and trunk.norm_eval
    assert config.model.decode_head.loss_decode.stage_weights == (1.0, 1.0, 1.0)
    assert config.optim_wrapper.optimizer.type == 'SGD'
    resize = [step for step in config.train_dataloader.dataset.pipeline if step.type == 'Resize']
    assert [step.scale for step in resize] == [(353, 353)]


def test_new_layers_of_the_main_config_learn_10_times_as_fast():
    path = REPO / 'configs/srm_r50_duts.py'
    wrapper = build_optim_wrapper(build(load(path).model), Config.fromfile(path).optim_wrapper)
    rates = sorted({group['lr'] for group in wrapper.param_groups})
    assert rates == pytest.approx([1.25e-4, 1.25e-3])


def test_data_folder_is_a_variable(monkeypatch):
    path = REPO / 'configs/srm_r50_duts.py'
    monkeypatch.delenv('SOD_DATA', raising=False)
    assert Config.fromfile(path).train_dataloader.dataset.data_root == 'data/DUTS'
    monkeypatch.setenv('SOD_DATA', '/somewhere')
    assert Config.fromfile(path).train_dataloader.dataset.data_root == '/somewhere/DUTS'


def rates_of_steps(name, batches):
    """Follow the learning rate, read where a number of batches has made a step."""
    config = Config.fromfile(REPO / 'configs' / name)
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    schedulers = [
        PARAM_SCHEDULERS.build(dict(one, optimizer=optimizer)) for one in config.param_scheduler
    ]
    rates = []
    for iteration in range(config.train_cfg.max_iters):
        if iteration % batches == batches - 1:
            rates.append(optimizer.param_groups[0]['lr'])
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step()
    return torch.tensor(rates)


def test_accumulated_gradients_make_the_same_steps():
    rates = rates_of_steps('srm_r50_duts.py', 1)
    accumulated = rates_of_steps('srm_r50_duts_accumulated.py', 4)
    assert len(rates) == len(accumulated) == 20000
    assert (rates - accumulated).abs().max() < 0.002  # of the highest: a step of the warm-up
    assert accumulated[-1] < 1e-3
    configs = [
        Config.fromfile(REPO / f'configs/srm_r50_duts{end}.py') for end in ('', '_accumulated')
    ]
    once, four = [
        (
            c.train_dataloader.batch_size,
            c.train_cfg.val_interval,
            c.default_hooks.checkpoint.interval,
        )
        for c in configs
    ]
    assert four == (once[0] // 4, 4 * once[1], 4 * once[2])
    assert configs[1].optim_wrapper.accumulative_counts == 4


PATHS = ["/o'brien", '/a\\set', 'C:\\new\\table', '/q"x', '/two words', '/ü/日本', '/50%', '/{a}']
PATHS += ['/{{ b }}', '/$HOME/x', '/line\nbreak', "/'''", '/\udcff', '/end/', 'rel/ative', '/#1']


@pytest.mark.parametrize('name', ['srm_r50_duts', 'srm_r18_demo', 'srm_r18_custom'])
@pytest.mark.parametrize('root', PATHS)
def test_any_path_can_be_the_data_folder(root, name, monkeypatch):
    monkeypatch.setenv('SOD_DATA', root)
    config = Config.fromfile(REPO / f'configs/{name}.py')
    folder = config.train_dataloader.dataset.data_root
    assert folder.rpartition('/')[0] == root


def test_a_run_writes_a_config_that_can_be_read_with_any_data_folder(monkeypatch, tmp_path):
    monkeypatch.setenv('SOD_DATA', '/o\'brien/a\\set/"quoted"/two\nlines/日本/50%/{{ b }}')
    config = Config.fromfile(REPO / 'configs/srm_r18_demo.py')
    config.dump(tmp_path / 'written.py')
    written = Config.fromfile(tmp_path / 'written.py')
    assert written.train_dataloader == config.train_dataloader


def test_an_empty_data_folder_is_none_and_a_tilde_is_the_home_folder(monkeypatch):
    path = REPO / 'configs/srm_r50_duts.py'
    monkeypatch.setenv('SOD_DATA', '')
    assert Config.fromfile(path).train_dataloader.dataset.data_root == 'data/DUTS'
    monkeypatch.setenv('SOD_DATA', '~/sets')
    monkeypatch.setenv('HOME', '/home/me')
    assert Config.fromfile(path).train_dataloader.dataset.data_root == '/home/me/sets/DUTS'
