"""The wheel alone, in fresh environments and a folder of their own, does by name what the clone does."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from helpers import REPO, TOOLBOX, free_port

from srm_mmseg.cli.main import COMMANDS

pytestmark = pytest.mark.long
PINS = [f'-c{REPO / "requirements" / name}.txt' for name in ('constraints', 'torch')]
EPOCHS = 2


class Environment:
    """A virtual environment, and a folder beside it in which its commands run."""

    def __init__(self, folder: Path):
        self.bin, self.work = folder / 'env/bin', folder / 'work'
        self.work.mkdir()
        subprocess.run([sys.executable, '-m', 'venv', folder / 'env'], check=True)
        kept = {name: text for name, text in os.environ.items() if name != 'PYTHONPATH'}
        self.env = {**kept, 'PATH': f'{self.bin}{os.pathsep}{os.environ["PATH"]}'}
        self.start = partial(
            subprocess.Popen,
            cwd=self.work,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *command: object) -> str:
        """Run a command to its end; what it prints, also in the error when it fails."""
        process = self.start([*map(str, command)])
        printed, _ = process.communicate(timeout=1800)
        assert not process.returncode, f'{command} exited {process.returncode}:\n{printed}'
        return printed

    def srm(self, *arguments: object) -> str:
        return self.run('srm-mmseg', *arguments)

    def install(self, *requirements: object) -> None:
        self.run('pip', 'install', '-q', *requirements, *PINS)


def read(path: Path) -> np.ndarray:
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED).astype(int)


@pytest.fixture(scope='module')
def wheel(tmp_path_factory):
    """The wheel, built from a copy: what an older build left in the clone stays out of it."""
    folder = tmp_path_factory.mktemp('wheel')
    unneeded = ('.*', 'build', 'data', 'site', 'tests', 'work_dirs', '*.egg-info')
    shutil.copytree(REPO, folder / 'source', ignore=shutil.ignore_patterns(*unneeded))
    build = (sys.executable, '-m', 'pip', 'wheel', '-q', '--no-deps', folder / 'source')
    subprocess.run([*build, '-w', folder], check=True)
    return next(folder.glob('*.whl'))


@pytest.fixture(scope='module')
def light(wheel, tmp_path_factory):
    environment = Environment(tmp_path_factory.mktemp('light'))
    environment.install(wheel)
    return environment


@pytest.fixture(scope='module')
def full(wheel, tmp_path_factory):
    environment = Environment(tmp_path_factory.mktemp('full'))
    environment.install(f'{wheel}[onedl,app,export]')
    return environment


@pytest.fixture(scope='module')
def images(full):
    """The test photographs of the toy set that ``full`` trains on."""
    full.srm('make-toy-dataset', 'data/toy', '--train', 48, '--test', 6)
    return full.work / 'data/toy/DUTS-TE/DUTS-TE-Image'


@pytest.fixture(scope='module')
def weights(full, images):
    settings = (f'train_cfg.max_epochs={EPOCHS}', f'train_cfg.val_interval={EPOCHS}')
    full.srm('train', 'srm_r18_demo', '--cfg-options', *settings)
    return full.work / f'work_dirs/srm_r18_demo/epoch_{EPOCHS}.pth'


@pytest.fixture(scope='module')
def maps(full, images, weights):
    """The maps that ``test`` writes; more than one grey each."""
    printed = full.srm('test', 'srm_r18_demo', weights, '--out', 'maps')
    assert 'MAE' in printed
    drawn = {path.stem: read(path) for path in (full.work / 'maps').rglob('*.png')}
    assert drawn.keys() == {path.stem for path in images.iterdir()}
    assert all(np.ptp(one) > 1 for one in drawn.values())
    return drawn


@pytest.fixture(scope='module')
def exported(full, weights):
    full.srm('export', 'srm_r18_demo', weights, 'srm.onnx', '--stages')
    return full.work / 'srm.onnx'


@pytest.mark.parametrize('kind', ['light', 'full'])
def test_every_command_tells_of_itself(kind, request):
    environment = request.getfixturevalue(kind)
    environment.run('pip', 'check')
    where = environment.run('python', '-c', 'import srm_mmseg; print(srm_mmseg.__file__)')
    assert Path(where.strip()).is_relative_to(environment.bin.parent)
    assert len(COMMANDS) == 19
    for name in COMMANDS:
        assert f'usage: srm-mmseg {name} ' in environment.srm(name, '--help')


@pytest.mark.parametrize('package', TOOLBOX)
def test_the_light_install_has_no(package, light):
    code = f"""
try:
    import {package}
except ModuleNotFoundError as error:
    print(error)
"""
    assert light.run('python', '-c', code) == f"No module named '{package}'\n"


def test_light_eval_maps_and_check_dataset(light):
    light.srm('make-toy-dataset', 'toy', '--train', 4, '--test', 3)
    folders = [f'toy/DUTS-TR/DUTS-TR-{what}' for what in ('Image', 'Mask')]
    assert '4 pairs' in light.srm('check-dataset', '--images', folders[0], '--masks', folders[1])
    masks = 'toy/DUTS-TE/DUTS-TE-Mask'
    light.srm('eval-maps', '--gt', masks, '--pred', f'ours={masks}', '--csv', 'scores.csv')
    assert (light.work / 'scores.csv').read_text().splitlines()[1].startswith('ours,0.0,1.0,')


def test_light_infer_by_the_model_in_the_box_is_soon_fast_and_small(light):
    printed = light.srm('benchmark', 'folder', '--json', 'folder.json')
    rows = json.loads((light.work / 'folder.json').read_text())['rows']
    assert rows[-1]['step'] == 'infer, from file to file' and rows[-1]['ratio'] < 1 / 0.7
    first, peak = re.search(r'first picture ([\d.]+) s .* at most (\d+) MiB', printed).groups()
    assert float(first) < 3 and int(peak) * 2**20 < 500e6


def test_light_infer_draws_the_maps_of_test(light, exported, images, maps):
    light.srm('infer', images, '--config', exported, '--out', 'drawn', '--save', 'map')
    for stem, expected in maps.items():
        assert abs(read(light.work / f'drawn/map/{stem}.png') - expected).max() <= 1


def test_infer_draws_the_maps_of_test(full, images, weights, maps):
    model = ('--config', 'srm_r18_demo', '--checkpoint', weights)
    full.srm('infer', images, *model, '--out', 'drawn', '--save', 'map,stages,cutout')
    for stem, expected in maps.items():
        assert abs(read(full.work / f'drawn/map/{stem}.png') - expected).max() <= 1


def test_the_page_answers(full, weights):
    port = free_port()
    model = ('--config', 'srm_r18_demo', '--checkpoint', str(weights))
    server = full.start(['srm-mmseg', 'app', *model, '--port', port])
    try:
        assert b'gradio' in answer(f'http://127.0.0.1:{port}', server)
    finally:
        server.terminate()
        printed, _ = server.communicate(timeout=60)
    assert server.returncode in (0, 130) and 'Traceback' not in printed  # 130: still starting


def answer(address: str, server: subprocess.Popen, patience: int = 120) -> bytes:
    """Ask a server until it answers."""
    end = time.monotonic() + patience
    without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < end and server.poll() is None:
        try:
            return without_proxy.open(address, timeout=10).read()
        except urllib.error.URLError:
            time.sleep(0.5)
    raise TimeoutError(f'{address} did not answer within {patience} s')


def check_mim(full, weights, work_dir):
    """Do with ``mim`` what docs/install.md says that it does."""
    assert 'srm_r50_duts' in full.run('mim', 'search', 'srm_mmseg', '--valid-config')
    config, folders = ('srm_mmseg', 'srm_r18_demo.py'), ('--work-dir', work_dir)
    settings = ('--cfg-options', 'train_cfg.max_epochs=1')
    full.run('mim', 'train', *config, '--gpus', 0, *folders, *settings)
    assert (full.work / work_dir / 'epoch_1.pth').is_file()
    out = f'{work_dir}/maps'
    printed = full.run('mim', 'test', *config, '--checkpoint', weights, *folders, '--out', out)
    assert 'MAE' in printed
    drawn = sorted((full.work / out).rglob('*.png'))
    assert len(drawn) == 6
    arguments = ('--gt', 'data/toy/DUTS-TE/DUTS-TE-Mask', '--pred', f'ours={drawn[0].parent}')
    assert 'MAE' in full.run('mim', 'run', 'srm_mmseg', 'eval_maps', *arguments)


def test_openmim_with_the_wheel(full, weights):
    """After the others: it is installed into the same environment, as is the next one."""
    full.install('openmim==0.3.9', 'setuptools<81')  # it imports pkg_resources
    check_mim(full, weights, 'by_openmim')


def test_onedl_mim_with_an_editable_install_alone(full, wheel, weights):
    """It takes a wheel's first file in RECORD, our console script, for a file of the package."""
    full.run('pip', 'uninstall', '-qy', 'openmim')
    full.run('pip', 'install', '-q', 'onedl-mim==0.5.1')  # wants an older pandas than our pins
    with pytest.raises(AssertionError, match='site-packages/../model-index.yml'):
        full.run('mim', 'search', 'srm_mmseg', '--valid-config')
    source = wheel.parent / 'source'
    shutil.rmtree(source / 'build')  # has the configs a second time, which mim refuses
    full.install('--no-deps', '-e', source)
    check_mim(full, weights, 'by_onedl_mim')
