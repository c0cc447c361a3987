"""Commands that work in an install with neither PyTorch nor the toolbox."""

import json

import cv2
import pytest
from helpers import TOOLBOX, refusing, run
from PIL import Image
from sod_trees import write_tree

PROGRAM = f'{refusing(*TOOLBOX)}\nfrom srm_mmseg.cli.main import main\nmain()'


def light(*arguments, check=True):
    return run('python', '-c', PROGRAM, *arguments, check=check)


@pytest.fixture
def tree(tmp_path):
    return write_tree('ECSSD', tmp_path / 'ECSSD')


def test_the_program_refuses_what_is_not_installed():
    done = light('convert-caffe', 'a', 'b', check=False)
    assert "No module named 'torch': pip install 'srm-mmseg[caffe]'" in done.stderr


def test_every_command_tells_of_itself():
    code = f"""{refusing(*TOOLBOX)}
from srm_mmseg.cli.main import COMMANDS, main
for name in COMMANDS:
    sys.argv = ['srm-mmseg', name, '--help']
    try:
        main()
    except SystemExit as end:
        assert not end.code, (name, end.code)
"""
    assert run('python', '-c', code).stdout.count('usage: srm-mmseg ') == 20


@pytest.mark.parametrize(
    'command',
    [['train', 'x'], ['test', 'x', 'y'], ['config', 'srm_r50_duts'], ['benchmark', 'infer']],
)
def test_what_to_install_is_said(command):
    done = light(*command, check=False)
    assert done.returncode == 1 and 'Traceback' not in done.stderr
    assert done.stderr.startswith('error: ') and "No module named '" in done.stderr


def test_eval_maps(tree):
    masks = tree / 'ground_truth_mask'
    files = ('--json', tree / 'out.json', '--plots', tree / 'plots')
    light('eval-maps', '--gt', masks, '--pred', f'ours={masks}', *files)
    assert json.loads((tree / 'out.json').read_text())['ours']['MAE'] == 0
    assert (tree / 'plots/pr.png').is_file()


def test_check_dataset(tmp_path):
    light('make-toy-dataset', tmp_path, '--train', 3, '--test', 0)
    images, masks = (tmp_path / f'DUTS-TR/DUTS-TR-{what}' for what in ('Image', 'Mask'))
    folders = ('--images', images, '--masks', masks)
    done = light(
        'check-dataset', *folders, '--html', tmp_path / 'r.html', '--fix', tmp_path / 'fix'
    )
    assert '3 pairs' in done.stdout and len(list((tmp_path / 'fix').rglob('*.png'))) == 3
    done = light('check-dataset', 'srm_r50_duts', check=False)
    assert done.returncode == 1 and "pip install 'srm-mmseg[onedl]'" in done.stderr
    assert 'Traceback' not in done.stderr
    (images / '00001.jpg').write_bytes(b'broken')
    assert light('check-dataset', *folders, check=False).returncode == 1


def test_prepare_dataset(tree, tmp_path):
    done = light('prepare-dataset', 'ECSSD', tree, '--out', tmp_path / 'data', '--num-pairs', 3)
    assert '3 pairs' in done.stdout and '6 files written' in done.stdout


def test_make_toy_dataset_and_plot_log(tmp_path):
    light('make-toy-dataset', tmp_path / 'toy', '--train', 1, '--test', 1)
    log = tmp_path / 'scalars.json'
    log.write_text('{"iter": 1, "decode.loss_s1": 1.0}\n{"MAE": 0.1, "step": 1}\n')
    light('plot-log', log, '--out', tmp_path / 'curves.png')
    assert (tmp_path / 'curves.png').is_file()


def test_infer_with_an_onnx_file(tmp_path):
    pytest.importorskip('onnx')
    from onnx_files import write

    write(tmp_path / 'a.onnx', stages=[1, 2, 3])
    Image.new('RGB', (30, 20), 'red').save(tmp_path / 'a.png')
    saved = ('--save', 'map,overlay,cutout,stages', '--out', tmp_path / 'out')
    light('infer', tmp_path / 'a.png', '--config', tmp_path / 'a.onnx', *saved)
    assert cv2.imread(str(tmp_path / 'out/cutout/a.png'), cv2.IMREAD_UNCHANGED).shape == (20, 30, 4)
    done = light('infer', tmp_path / 'a.png', '--config', 'srm_r18_demo', *saved, check=False)
    assert done.returncode == 1 and 'Expected a checkpoint' in done.stderr
    model = ('--config', 'srm_r18_demo', '--checkpoint', tmp_path / 'a.onnx')
    done = light('infer', tmp_path / 'a.png', *model, *saved, check=False)
    assert done.returncode == 1 and "pip install 'srm-mmseg[onedl]'" in done.stderr
    assert 'Traceback' not in done.stderr


@pytest.mark.parametrize('port', ['99999', 'x', '-1'])
def test_a_port_that_is_none(port):
    done = light('app', '--port', port, check=False)
    assert done.returncode == 2 and 'expected a' in done.stderr.lower()
    assert 'Traceback' not in done.stderr
