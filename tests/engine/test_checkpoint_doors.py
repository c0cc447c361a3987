"""Every door by which weights enter: a name of any scheme, in any place that takes one."""

import sys
import threading
from functools import partial
from hashlib import sha256
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pickle import UnpicklingError
from types import SimpleNamespace

import pytest
import torch
from helpers import REPO, run
from mmengine.config import Config
from mmengine.model import BaseModel, BaseModule
from mmengine.runner import Runner, load_checkpoint
from mmengine.runner import checkpoint as toolbox
from torch import nn
from torch.utils.data import DataLoader

from srm_mmseg.engine.checkpoint import BadCheckpointError, strict_loading
from srm_mmseg.model_file import load_weights


class Touch:
    """Unpickles as code that leaves a trace."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return exec, (f"open({str(self.path)!r}, 'w')",)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A folder, its address, and empty caches."""
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'torch'))
    monkeypatch.setenv('MMENGINE_HOME', str(tmp_path / 'mmengine'))
    monkeypatch.setenv('no_proxy', '127.0.0.1')
    folder = tmp_path / 'served'
    folder.mkdir()
    server = HTTPServer(('127.0.0.1', 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f'http://127.0.0.1:{server.server_port}'
    server.shutdown()
    server.server_close()


SCHEMES = [
    *('http://', 'torchvision://', 'modelzoo://', 'open-mmlab://', 'openmmlab://', 'old openmmlab'),
    *('local openmmlab', 'mmcls://', 's3://', 'cluster:s3://', 'petrel://', 'pavi://'),
    'efficientnet-lite://',
]


@pytest.fixture
def name_of(served, monkeypatch, tmp_path):
    """Give a file a name of a scheme; the listings of model zoos and the clients are ours."""
    folder, url = served

    def give(scheme, value):
        path = folder / 'net.pth'
        torch.save(value, path)
        content = path.read_bytes()
        hashed = f'net-{sha256(content).hexdigest()[:8]}.pth'
        path.rename(folder / hashed)
        package = tmp_path / 'packages/efficientnet_net_pytorch_model'
        (package / 'models').mkdir(parents=True, exist_ok=True)
        (package / '__init__.py').write_text('raise SystemExit')  # it is not run
        (package / 'models/net.pth').write_bytes(content)
        monkeypatch.syspath_prepend(str(package.parent))
        (tmp_path / 'mmengine').mkdir(exist_ok=True)
        (tmp_path / 'mmengine/local.pth').write_bytes(content)
        urls = dict(net=f'{url}/{hashed}', local='local.pth')
        for zoo in ('get_torchvision_models', 'get_external_models', 'get_mmcls_models'):
            monkeypatch.setattr(toolbox, zoo, lambda: urls)
        monkeypatch.setattr(toolbox, 'get_deprecated_model_names', lambda: dict(old='net'))
        backend = SimpleNamespace(get=lambda name: content)
        monkeypatch.setattr(
            'srm_mmseg.engine.checkpoint_source.get_file_backend', lambda *_, **__: backend
        )
        model = SimpleNamespace(download=lambda to: open(to, 'wb').write(content))
        cloud = SimpleNamespace(get=lambda name: model)
        monkeypatch.setitem(sys.modules, 'pavi', SimpleNamespace(modelcloud=cloud))
        if scheme == 'http://':
            return f'{url}/{hashed}'
        entry = dict(old='old', local='local').get(scheme.split()[0], 'net')
        return f'{scheme.split()[-1].removesuffix("://")}://{entry}'

    return give


@pytest.mark.parametrize('scheme', SCHEMES)
def test_a_named_file_is_brought_and_read_strictly(name_of, tmp_path, scheme):
    trace = tmp_path / 'ran'
    name = name_of(scheme, dict(state_dict={}, meta=Touch(trace)))
    with pytest.raises(UnpicklingError, match='Refused to load') as error:
        toolbox.CheckpointLoader.load_checkpoint(name, 'cpu')
    assert not trace.exists() and 'weights_only' not in str(error.value)


@pytest.mark.parametrize('scheme', SCHEMES)
def test_a_good_file_of_every_scheme_is_loaded(name_of, scheme):
    name = name_of(scheme, dict(state_dict={'module.backbone.a': torch.ones(2)}))
    found = toolbox.CheckpointLoader.load_checkpoint(name)['state_dict']
    key = 'a' if scheme == 'mmcls://' else 'backbone.a'
    assert list(found) == [key] and torch.equal(found[key], torch.ones(2))


def test_a_model_zoo_file_must_have_its_hash(name_of, served, tmp_path):
    name = name_of('torchvision://', {})
    path = next(served[0].iterdir())
    path.write_bytes(path.read_bytes() + b'x')
    with pytest.raises(BadCheckpointError, match='torchvision://net.*invalid hash'):
        toolbox.CheckpointLoader.load_checkpoint(name)
    assert not list((tmp_path / 'torch').rglob('net*'))
    with pytest.raises(BadCheckpointError, match='one of the 2 models of torchvision://'):
        toolbox.CheckpointLoader.load_checkpoint('torchvision://other')


def test_files_of_one_name_at_two_addresses_are_two(served):
    folder, url = served
    for number in (1, 2):
        (folder / str(number)).mkdir()
        torch.save(dict(a=torch.tensor(number)), folder / str(number) / 'epoch_1.pth')
    load = toolbox.CheckpointLoader.load_checkpoint
    assert [load(f'{url}/{number}/epoch_1.pth')['a'].item() for number in (1, 2)] == [1, 2]
    with pytest.raises(BadCheckpointError, match='Expected to download.*HTTP Error 404'):
        load(f'{url}/3/epoch_1.pth')


def test_a_scheme_of_others_is_refused(monkeypatch, tmp_path):
    trace = tmp_path / 'ran'
    monkeypatch.setattr(toolbox.CheckpointLoader, '_schemes', toolbox.CheckpointLoader._schemes)
    toolbox.CheckpointLoader.register_scheme('hub:', lambda *_, **__: trace.touch())
    with pytest.raises(BadCheckpointError, match="'hub:net'.*Download the file"):
        toolbox.CheckpointLoader.load_checkpoint('hub:net')
    assert not trace.exists()
    strict_loading(False)
    try:
        toolbox.CheckpointLoader.load_checkpoint('hub:net')
        assert trace.exists()
    finally:
        strict_loading()


class Toy(BaseModel):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Linear(1, 1)

    def forward(self, inputs, mode='tensor'):
        return dict(loss=self.backbone(inputs).mean())


def runner(folder, **settings):
    return Runner(
        Toy(),
        str(folder / 'work'),
        train_dataloader=DataLoader(torch.ones(2, 1)),
        train_cfg=dict(by_epoch=True, max_epochs=1),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)),
        experiment_name=folder.name,
        **settings,
    )


def trunk(name, prefix=None):
    module = BaseModule(dict(type='Pretrained', checkpoint=name, prefix=prefix))
    module.add_module('weight', nn.Linear(1, 1))
    module.init_weights()


def inferencer(name):
    from srm_mmseg.apis import SaliencyInferencer

    SaliencyInferencer(REPO / 'configs/srm_r18_demo.py', name)


DOORS = {
    'load_checkpoint': lambda name, _: load_checkpoint(Toy(), name),
    'load_from': lambda name, folder: runner(folder, load_from=name).load_or_resume(),
    'resume': lambda name, folder: runner(folder, load_from=name, resume=True).load_or_resume(),
    'test and compare_stages': lambda name, folder: load_weights(runner(folder), name),
    'init_cfg': lambda name, _: trunk(name),
    'init_cfg with prefix': lambda name, _: trunk(name, 'backbone.'),
    'infer, the page and export': lambda name, _: inferencer(name),
}


@pytest.mark.parametrize('legacy', [False, True])
@pytest.mark.parametrize('door', DOORS)
def test_no_door_runs_a_file_by_address(served, tmp_path, door, legacy):
    folder, url = served
    value = dict(state_dict={}, meta=Touch(tmp_path / 'ran'))
    torch.save(value, folder / 'evil.pth', _use_new_zipfile_serialization=not legacy)
    with pytest.raises(UnpicklingError, match='Refused to load'):
        DOORS[door](f'{url}/evil.pth', tmp_path)
    assert not (tmp_path / 'ran').exists()


def test_wrapped_weights_are_taken_by_all_doors(tmp_path):
    weights = {f'module.{name}': value for name, value in Toy().state_dict().items()}
    torch.save(dict(state_dict=weights), tmp_path / 'a.pth')
    model = runner(tmp_path)
    load_weights(model, str(tmp_path / 'a.pth'))
    load_checkpoint(Toy(), str(tmp_path / 'a.pth'), strict=True)
    found = toolbox._load_checkpoint_with_prefix('backbone.', str(tmp_path / 'a.pth'))
    assert sorted(found) == ['bias', 'weight']
    assert torch.equal(model.model.backbone.bias, weights['module.backbone.bias'])


def saved(path, config, **meta):
    hub = dict(log_scalars={}, runtime_info=dict(cfg=f'{config}#'), resumed_keys={})
    meta = dict(epoch=0, iter=0, config=config, cfg=f'{config}\n', **meta)
    torch.save(dict(state_dict=Toy().state_dict(), meta=meta, message_hub=hub), path)
    return str(path)


def evil_texts(folder):
    trace = f"open({str(folder / 'ran')!r}, 'w')"
    (folder / 'evil_module.py').write_text(trace)
    return {
        'code': trace,
        'in gpu_ids': f'gpu_ids = [{trace}]',
        'import': "custom_imports = dict(imports=['evil_module'])",
        'literal import': "custom_imports = {'imports': ['evil_module']}",
        'base': f'_base_ = {str(folder / "evil_module.py")!r}',
        'no Python': 'gpu_ids = [',
        'deep': 'gpu_ids = ' + '(' * 10_000,
        'not text': 7,
    }


KINDS = 'code', 'in gpu_ids', 'import', 'literal import', 'base', 'no Python', 'deep', 'not text'


@pytest.mark.parametrize('kind', KINDS)
def test_the_config_in_a_checkpoint_does_not_run(tmp_path, monkeypatch, kind):
    monkeypatch.syspath_prepend(str(tmp_path))
    text = evil_texts(tmp_path)[kind]
    path = saved(tmp_path / 'a.pth', text, seed=5)
    resumed = runner(tmp_path, load_from=path, resume=True)
    resumed.load_or_resume()
    assert resumed._randomness_cfg['seed'] == 5
    stored = toolbox.CheckpointLoader.load_checkpoint(path)
    for one in (stored['meta']['cfg'], stored['message_hub']['runtime_info']['cfg']):
        assert dict(Config.fromstring(one, '.py')) == dict(gpu_ids=[])
    assert not (tmp_path / 'ran').exists()


def test_gpus_are_still_counted(tmp_path):
    path = saved(tmp_path / 'a.pth', 'model = dict()\ngpu_ids = [0, 1]\n')
    with pytest.raises(RuntimeError, match='Number of GPUs'):
        runner(tmp_path, load_from=path, resume=True).load_or_resume()


def test_other_texts_are_configs_as_before():
    assert Config.fromstring('a = 1 + 1', '.py').a == 2
    assert Config.fromstring('{"a": 2}', '.json').a == 2


def test_the_toolbox_is_changed_by_a_call_and_restored(tmp_path):
    code = (
        'import mmengine.config, mmengine.runner.checkpoint as toolbox\n'
        'def now():\n'
        "    return (vars(toolbox.CheckpointLoader)['_get_checkpoint_loader'],\n"
        "            vars(mmengine.config.Config)['fromstring'], toolbox.CheckpointLoader._schemes)\n"
        'own = now()\n'
        'from srm_mmseg.engine.checkpoint import strict_loading\n'
        'assert now() == own\n'
        'strict_loading(); strict_loading()\n'
        'assert now()[0] is not own[0] and now()[1] is not own[1]\n'
        'strict_loading(False); strict_loading(False)\n'
        'assert all(a is b for a, b in zip(now(), own))\n'
        'import srm_mmseg.register\n'
        'assert now()[0] is not own[0] and now()[1] is not own[1]\n'
        'strict_loading(False)\n'
        'assert all(a is b for a, b in zip(now(), own))\n'
    )
    run('python', '-c', code)


def test_weights_to_test_are_taken_beside_an_average_and_stay(tmp_path):
    weights = {name: torch.full_like(value, 3) for name, value in Toy().state_dict().items()}
    torch.save(weights, tmp_path / 'a.pth')
    tested = runner(tmp_path, custom_hooks=[dict(type='EMAHook')], load_from='nowhere.pth')
    load_weights(tested, str(tmp_path / 'a.pth'))
    tested.load_or_resume()
    assert all((value == 3).all() for value in tested.model.state_dict().values())
