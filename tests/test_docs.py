"""Every fenced block of the documents runs, or says here why it cannot."""

import re
import shutil
import tomllib
from contextlib import chdir
from pathlib import Path

import numpy as np
import pytest
import torch
from doc_blocks import MODULE, PAGES, SYSTEM_COMMANDS, blocks, commands, run_tool, tool_of
from helpers import REPO, build, model_config, random_masks, run, samples
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.optim import build_optim_wrapper
from mmengine.runner import Runner
from mmseg.registry import HOOKS, VISUALIZERS
from PIL import Image
from sod_trees import write_tree

from srm_mmseg.config_names import config_names
from srm_mmseg.datasets.standard_sets import STANDARD_SETS
from srm_mmseg.engine.checkpoint import load_checkpoint, strict_loading
from srm_mmseg.jobs.train import full_precision_without_gpu

NOT_RUN = {
    'docs/datasets.md: {"faults": [{"file": "masks/0031.png", "fault": "size_mismatch", '
    '"detail": "the mask is ..."}, ...],': 'an abridged report',
    'docs/design.md: image B x 3 x H x W': 'a drawing',
    'docs/design.md: srm_mmseg/': 'a tree of files',
    'docs/score_maps.md: masks/0001.png        the truth, white where the object is': 'the same',
}
"""Why a block is not run, by its page and first line: for what is no program, or needs what no test
has (a GPU, the authors' weights, a second machine). Commands need no entry: their flags and files are
checked all the same.
"""

CHEAP = ('browse_dataset', 'check_dataset', 'eval_maps', 'infer', 'make_toy_dataset', 'plot_log')
"""Tools whose documented commands are run, where what they name is in the sandbox."""

EXTRAS = tomllib.loads((REPO / 'pyproject.toml').read_text())['project']['optional-dependencies']
BLOCKS = blocks()
WRITTEN = ('build', 'cutouts', 'data', 'dist', 'site', 'work_dirs')
"""Folders of a clone that commands write."""
TOP = tuple(
    f'{path.name}/'
    for path in REPO.iterdir()
    if path.is_dir() and path.name[0] != '.' and path.name not in WRITTEN
)


def of_kind(kind):
    chosen = [block for block in BLOCKS if block.kind == kind and block.name not in NOT_RUN]
    return pytest.mark.parametrize('block', chosen, ids=lambda block: block.name[:60])


def test_every_block_is_run_or_has_a_reason():
    kinds = [block.kind for block in BLOCKS]
    assert len(PAGES) >= 10 and len(BLOCKS) >= 25
    assert min(kinds.count(kind) for kind in ('config', 'python', 'shell')) >= 2
    unknown = [block.name for block in BLOCKS if block.kind == 'text' and block.name not in NOT_RUN]
    assert not unknown, 'neither Python nor commands: add a reason to NOT_RUN'
    stale = set(NOT_RUN) - {block.name for block in BLOCKS}
    assert not stale and len(NOT_RUN) <= 12
    fences = sum(page.read_text().count('```') for page in PAGES)
    assert fences == 2 * len(BLOCKS)


@pytest.fixture(scope='module')
def sandbox(tmp_path_factory):
    """A folder with what the documents name: configs, all data sets, photographs, weights."""
    folder = tmp_path_factory.mktemp('sandbox')
    for name in ('configs', 'tools', 'requirements'):
        shutil.copytree(REPO / name, folder / name)
    data = folder / 'data'
    for name in STANDARD_SETS:
        write_tree(name, data / STANDARD_SETS[name].root, count=5)
    toy = write_tree('DUTS-TR', data / 'DUTS', count=5)
    shutil.copytree(toy, data / 'toy')
    for name in ('images', 'masks'):
        kind = dict(images='DUTS-TR-Image', masks='DUTS-TR-Mask')[name]
        shutil.copytree(toy / 'DUTS-TR' / kind, data / 'mine' / name)
        shutil.copytree(toy / 'DUTS-TR' / kind, folder / name.upper())
    for name in ('train', 'val'):
        (data / f'mine/{name}.txt').write_text('1\n2\n3\n4\n')
        (data / f'ECSSD/{name}.txt').write_text('1\n2\n3\n4\n')
    for name in ('maps/srm/ECSSD', 'maps/dss/ECSSD', 'maps/ECSSD'):
        shutil.copytree(data / 'ECSSD/ground_truth_mask', folder / name)
    for name in ('DIR', 'maps'):
        shutil.copytree(folder / 'MASKS', folder / name, dirs_exist_ok=True)
    for name in ('photos', 'photographs'):
        shutil.copytree(folder / 'IMAGES', folder / name)
    Image.fromarray(np.full((40, 50, 3), 99, np.uint8)).save(folder / 'photo.jpg')
    (folder / 'mine.py').touch()  # a module of the reader's
    for block in BLOCKS:
        if block.kind == 'module':
            (folder / MODULE.match(block.text)[1]).write_text(block.text)
    weights = dict(state_dict=build(model_config()).state_dict(), meta={})
    for name in ('WEIGHTS', 'W', 'epoch_14.pth', 'work_dirs/demo/epoch_14.pth'):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        torch.save(weights, folder / name)
    fine_tuned = folder / 'work_dirs/srm_lite0_custom/iter_300.pth'
    fine_tuned.parent.mkdir()
    torch.save(load_checkpoint('zoo://srm_lite0'), fine_tuned)
    for name in ('mine', 'a', 'b', 'srm_r50_duts'):
        log = folder / f'work_dirs/{name}/1/vis_data/scalars.json'
        log.parent.mkdir(parents=True)
        log.write_text(
            '{"iter": 1, "decode.loss_s1": 1.0}\n{"MAE": 0.1, "maxF_pr": 0.5, "step": 1}\n'
        )
    return folder


NAMED = {'CONFIG': 'configs/srm_r18_demo.py', 'C': 'configs/srm_r18_demo.py', 'INPUT': 'photo.jpg'}


# Configs ------------------------------------------------------------------------------------------


def write_config(block, sandbox):
    """Put a block beside the configs that it builds on; by itself it changes the main one."""
    base = re.search(r"_base_ = '(.+)'", block.text)
    folder = sandbox if base and (sandbox / base[1]).exists() else sandbox / 'configs'
    text = block.text if base else f"_base_ = 'srm_r50_duts.py'\n{block.text}"
    path = folder / 'block.py'
    path.write_text(text)
    return path


def offline(part):
    """Take out of a config what a test has not: weights to download, the official counts."""
    if isinstance(part, dict):
        if 'num_pairs' in part:
            part['num_pairs'] = None
        if (part.get('init_cfg') or {}).get('type') == 'Pretrained':
            part['init_cfg'] = None
        part = part.values()
    if not isinstance(part, str) and hasattr(part, '__iter__'):
        for one in part:
            offline(one)


def hooks_of(config):
    return [*config.get('default_hooks', {}).values(), *config.get('custom_hooks', [])]


@of_kind('config')
def test_config_blocks_build_and_score_an_image(block, sandbox, monkeypatch, tmp_path):
    monkeypatch.setenv('SOD_DATA', str(sandbox / 'data'))
    monkeypatch.syspath_prepend(sandbox)
    config = Config.fromfile(write_config(block, sandbox))
    offline(config._cfg_dict)
    if 'visualizer' in config:
        VISUALIZERS.build(dict(config.visualizer, name=block.name, save_dir=str(tmp_path)))
    for hook in hooks_of(config):
        HOOKS.build(hook)
    loaders = {}
    for split in ('train', 'val', 'test'):
        loader = config.get(f'{split}_dataloader')
        if loader and 'type' in loader.dataset:
            loader.update(num_workers=0, persistent_workers=False)
            loaders[split] = Runner.build_dataloader(loader, seed=0)
            assert len(loaders[split].dataset) > 0
    for split in ('val', 'test'):
        assert Runner.build_evaluator(None, config[f'{split}_evaluator']).metrics
    if 'model' in config:
        model = build(config.model).eval()
        batch = pseudo_collate([loaders['test'].dataset[0]])
        with torch.no_grad():
            samples = model.test_step(batch)
        evaluator = Runner.build_evaluator(None, config.test_evaluator)
        evaluator.process(data_samples=samples, data_batch=batch)
        assert evaluator.evaluate(1)
        if 'optim_wrapper' in config:
            full_precision_without_gpu(config)
            build_optim_wrapper(model, config.optim_wrapper)


def test_some_config_imports_each_module():
    names = [MODULE.match(block.text)[1] for block in BLOCKS if block.kind == 'module']
    assert len(names) >= 2
    configs = [block.text for block in BLOCKS if block.kind == 'config']
    for name in names:
        assert any(f"'{Path(name).stem}'" in text for text in configs), name


def trunks():
    return [block for block in of_kind('config').args[1] if 'own_trunk' in block.name]


@pytest.mark.slow
@pytest.mark.parametrize('block', trunks(), ids=lambda block: block.text.splitlines()[1])
def test_trunks_have_no_layer_past_their_taps(block, sandbox, monkeypatch):
    """Training in several processes fails on a parameter without a gradient."""
    monkeypatch.syspath_prepend(sandbox)
    config = Config.fromfile(write_config(block, sandbox))
    offline(config._cfg_dict)
    model = build(config.model).train()
    inputs = dict(inputs=torch.rand(2, 3, 129, 129), data_samples=samples(random_masks(2, 129)))
    sum(value for key, value in model(**inputs, mode='loss').items() if 'loss' in key).backward()
    assert [name for name, value in model.named_parameters() if value.grad is None] == []


# Links --------------------------------------------------------------------------------------------


def test_links_lead_to_files():
    """``make docs`` checks the headings that they lead to as well, in ``docs/``."""
    links = [
        page.parent / link
        for page in PAGES
        for link in re.findall(r'\]\(([^)#:]+)(?:#[^)]*)?\)', page.read_text())
    ]
    assert len(links) >= 100
    assert [str(link) for link in links if not link.exists()] == []


# Commands -----------------------------------------------------------------------------------------


def files_of_the_repository(words):
    """List the words that name a file here; what is in capitals stands for another."""
    paths = [word.split('=')[-1] for word in words if word.split('=')[-1].startswith(TOP)]
    return [path for path in paths if not re.search(r'[A-Z]{4,}', path)]


def check_other_command(words):
    """Check a command that is none of our tools."""
    command, arguments = words[0], words[1:]
    if command == 'make':
        makefile = (REPO / 'Makefile').read_text()
        for target in arguments:
            assert re.search(rf'^{target}:', makefile, re.MULTILINE) or '=' in target, target
    elif command == 'pip':
        extras = {e for word in arguments for e in re.findall(r'\[(.+)\]', word)}
        for extra in {one for each in extras for one in each.split(',')}:
            assert extra in EXTRAS, extra
    elif words[:3] == ['python', '-m', 'pytest']:
        assert (REPO / words[3]).exists(), words[3]
    elif words[:2] == ['python', '-c']:
        compile(words[2], ' '.join(words), 'exec')
    elif command == 'bash':
        assert (REPO / arguments[0]).exists(), arguments[0]
    else:
        assert command in SYSTEM_COMMANDS, f'{command}: add it to SYSTEM_COMMANDS'


@of_kind('shell')
def test_commands_have_flags_and_files_that_there_are(block, monkeypatch, tmp_path, capsys):
    for command in commands(block):
        for path in files_of_the_repository(command):
            assert (REPO / path).exists(), path
        tool = tool_of(command)
        if tool is None:
            check_other_command(command)
            continue
        code = run_tool(*tool, monkeypatch, tmp_path, parse_only=True)
        assert code == 0, f'{" ".join(command)}\n{capsys.readouterr().err}'


def cheap_commands():
    found = []
    for block in BLOCKS:
        for command in commands(block) if block.kind == 'shell' else ():
            tool, arguments = tool_of(command) or ('', [])
            if Path(tool).stem in CHEAP and not needs_other_weights(tool, arguments):
                found.append(pytest.param(tool, arguments, id=' '.join(command[1:])[:90]))
    return found


def needs_other_weights(tool, arguments):
    """Whether a model is to be run whose weights are in no sandbox, or a webcam."""
    words = ' '.join(arguments)
    return tool == 'tools/infer.py' and bool(
        re.search(r'r50|config mine|\.onnx|\.xml|\.pt\b|^\d ', words)
    )


def given_to(tool, arguments, folder):
    """Name files of the sandbox; what is written goes to a folder of its own, pairs are not counted."""
    given = [
        str(folder / word) if option == '--out' else NAMED.get(word, word)
        for option, word in zip(['', *arguments], arguments)
    ]
    if 'make_toy' in tool:
        given[0] = str(folder / 'toy')
    if any(word.startswith('configs/') or word in config_names() for word in given[:1]):
        loaders = [f'{split}_dataloader' for split in ('train', 'val', 'test')]
        given += ['--cfg-options', *(f'{loader}.dataset.num_pairs=None' for loader in loaders)]
        given += [f'{loader}.batch_size=2' for loader in loaders]
    return given


@pytest.mark.slow
@pytest.mark.parametrize(('tool', 'arguments'), cheap_commands())
def test_cheap_commands_run(tool, arguments, sandbox, monkeypatch, tmp_path, capsys):
    """``check_dataset.py`` may find faults and exit with 1; a text is an error."""
    monkeypatch.setenv('SOD_DATA', str(sandbox / 'data'))
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    given = given_to(tool, arguments, tmp_path)
    code = run_tool(tool, given, monkeypatch, sandbox, parse_only=False)
    expected = (None, 0, 1) if 'check' in tool else (None, 0)
    assert code in expected, f'{code}\n{capsys.readouterr().err}'


def test_there_are_cheap_commands():
    assert len(cheap_commands()) >= 10


# Python -------------------------------------------------------------------------------------------


USES_RAY = re.compile(r'^import ray', re.MULTILINE)


def is_slow(block):
    return '.onnx' in block.text or bool(USES_RAY.search(block.text))


PYTHON = [
    pytest.param(block, marks=[pytest.mark.slow] * is_slow(block), id=block.name[:60])
    for block in BLOCKS
    if block.kind == 'python' and block.name not in NOT_RUN
]


@pytest.mark.parametrize('block', PYTHON)
def test_python_blocks_run(block, sandbox, monkeypatch):
    if '.onnx' in block.text and not (sandbox / 'srm.onnx').exists():
        arguments = [NAMED['CONFIG'], 'WEIGHTS', 'srm.onnx', '--size', '65x65', '--stages']
        assert not run_tool('tools/export.py', arguments, monkeypatch, sandbox, parse_only=False)
    if USES_RAY.search(block.text):
        pytest.importorskip('ray', reason="needs ray: pip install -e '.[ray]'")
        code = f'import os; os.chdir({str(sandbox)!r})\n{block.text}'
        run('python', '-c', code, HOME=str(sandbox), RAY_USAGE_STATS_ENABLED='0')
        return
    with chdir(sandbox):
        exec(compile(block.text, block.name, 'exec'), {'__name__': 'block'})
    strict_loading()  # a block shows how it is turned off
