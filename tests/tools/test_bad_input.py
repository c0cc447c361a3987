"""What a user gets wrong ends in an error that names the file and the remedy."""

import shutil
import sys

import pytest
import torch
from doc_blocks import run_tool
from helpers import run
from PIL import Image

import srm_mmseg.apis


@pytest.fixture
def data(toy_data, tmp_path):
    shutil.copytree(toy_data / 'toy', tmp_path / 'toy')
    return tmp_path


def training_error(config, data, **kwargs):
    command = ('python', 'tools/train.py', config, '--work-dir', data / 'work')
    done = run(*command, data=data, check=False, **kwargs)
    assert done.returncode == 1
    return done.stderr


def test_missing_mask(tiny_config, data):
    (data / 'toy/DUTS-TR/DUTS-TR-Mask/00003.png').unlink()
    error = training_error(tiny_config, data)
    assert 'DUTS-TR-Mask' in error and 'none for 1: 00003. Add the files' in error


def test_truncated_jpeg(tiny_config, data):
    path = data / 'toy/DUTS-TR/DUTS-TR-Image/00002.jpg'
    path.write_bytes(path.read_bytes()[:3000])
    error = training_error(tiny_config, data)
    assert str(path) in error and 'Copy or download it again' in error


def test_empty_folder(tiny_config, data):
    for path in (data / 'toy/DUTS-TR/DUTS-TR-Image').iterdir():
        path.unlink()
    error = training_error(tiny_config, data)
    assert 'DUTS-TR-Image' in error and 'set data_root, data_prefix' in error


def test_another_number_of_pairs(tiny_config, data):
    option = 'train_dataloader.dataset.num_pairs=9'
    command = ('python', 'tools/train.py', tiny_config, '--work-dir', data / 'work')
    done = run(*command, '--cfg-options', option, data=data, check=False)
    assert done.returncode == 1 and 'Traceback' not in done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith('error: Expected 9 pairs') and 'but got 8: 8 images, 8 masks' in last


def test_no_data_set(tiny_config, tmp_path):
    error = training_error(tiny_config, tmp_path)
    assert f'{tmp_path}/toy/DUTS-TR/DUTS-TR-Image' in error and 'data_root' in error


def test_mask_of_another_size(tiny_config, data):
    path = data / 'toy/DUTS-TR/DUTS-TR-Mask/00001.png'
    Image.open(path).resize((50, 40)).save(path)
    error = training_error(tiny_config, data)
    assert str(path) in error and 'but got 50x40. Replace one of the two' in error


def test_other_number_of_stages(trained, tiny_config, toy_data, tmp_path):
    options = [
        'model.backbone.refinement.out_indices=(2,)',
        'model.neck.in_channels=(512,256)',
        'model.decode_head.in_channels=(512,64)',
    ]
    command = ('python', 'tools/test.py', tiny_config, trained / 'epoch_2.pth')
    done = run(
        *command, '--work-dir', tmp_path, '--cfg-options', *options, data=toy_data, check=False
    )
    assert done.returncode == 1
    assert 'T = 2 stages, but got T = 3. Use the config' in done.stderr


def test_weights_of_another_model(tiny_config, toy_data, trained, tmp_path):
    command = ('python', 'tools/test.py', tiny_config, trained / 'epoch_2.pth')
    option = 'model.neck.mid_channels=8'
    done = run(
        *command, '--work-dir', tmp_path, '--cfg-options', option, data=toy_data, check=False
    )
    assert done.returncode == 1 and 'size mismatch for neck' in done.stderr


def test_missing_weights(tiny_config, toy_data, tmp_path):
    command = ('python', 'tools/test.py', tiny_config, tmp_path / 'gone.pth')
    done = run(*command, '--work-dir', tmp_path, data=toy_data, check=False)
    assert done.returncode == 1 and 'gone.pth' in done.stderr and 'Check the path' in done.stderr


class Call:
    """Unpickles as a call of ``function``."""

    def __reduce__(self):
        return print, ('code ran',)


@pytest.mark.parametrize('parse_only', [True, False])
def test_the_page_without_gradio(parse_only, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, 'gradio', None)
    monkeypatch.delitem(sys.modules, 'srm_mmseg.apis.page', raising=False)
    monkeypatch.delattr(srm_mmseg.apis, 'page', raising=False)
    end = run_tool('tools/app.py', ['--config', 'C'], monkeypatch, tmp_path, parse_only)
    assert end == 0 if parse_only else "pip install 'srm-mmseg[app]'" in end


@pytest.mark.parametrize(
    ('lacking', 'remedy'), [('gradio', 'srm-mmseg[app]'), ('nothing', 'Expected a checkpoint')]
)
def test_the_page_says_what_is_wrong_and_nothing_else(lacking, remedy):
    code = f'import sys\nsys.modules[{lacking!r}] = None\n'
    code += 'sys.argv[1:] = ["app", "--config", "srm_r18_demo", "--checkpoint", "gone.pth"]\n'
    done = run('python', '-c', code + 'from srm_mmseg.cli.main import main\nmain()', check=False)
    if lacking != 'gradio' and '[app]' in done.stderr:
        pytest.skip('needs gradio')
    assert done.returncode == 1 and done.stdout == ''
    assert done.stderr.startswith('error: ') and remedy in done.stderr
    assert 'Warning' not in done.stderr and 'Traceback' not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    'tool', ['test', 'compare_stages', 'export', 'infer', 'load_from', 'resume']
)
def test_refused_checkpoint(tiny_config, toy_data, tmp_path, tool):
    path = tmp_path / 'evil.pth'
    torch.save(dict(state_dict={}, meta=Call()), path)
    photo = toy_data / 'toy/DUTS-TR/DUTS-TR-Image/00000.jpg'
    work = ('--work-dir', tmp_path / 'work')
    command = {
        'test': ('test', tiny_config, path, *work),
        'compare_stages': ('compare_stages', tiny_config, path, *work),
        'export': ('export', tiny_config, path, tmp_path / 'm.onnx'),
        'infer': (
            *('infer', photo, '--config', tiny_config, '--checkpoint', path),
            *('--out', tmp_path / 'out', '--save', 'map'),
        ),
        'load_from': ('train', tiny_config, *work, '--cfg-options', f'load_from={path}'),
        'resume': ('train', tiny_config, *work, '--resume', path),
    }[tool]
    done = run('python', f'tools/{command[0]}.py', *command[1:], data=toy_data, check=False)
    assert done.returncode == 1 and 'Traceback' not in done.stderr
    assert 'code ran' not in done.stdout + done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith('error: ') and str(path) in last
    assert ('refused, as it could run code' if tool == 'resume' else 'Refused to load') in last
