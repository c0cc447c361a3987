import importlib.util
import json

import cv2
import pytest
import torch
from helpers import run
from odd_images import noise
from PIL import Image

from srm_mmseg.cli.benchmarks.networks import channels_first, plain_srm, srm
from srm_mmseg.cli.benchmarks.train import batch_of
from srm_mmseg.cli.benchmarks.trunk_models import of_config
from srm_mmseg.cli.benchmarks.trunks import trunk_configs
from srm_mmseg.engine.fast_inference import fast_inference, is_faster_in_bfloat16
from srm_mmseg.models.cost import gmac

needs_reference = pytest.mark.skipif(
    importlib.util.find_spec('py_sod_metrics') is None,
    reason='pip install --no-deps pysodmetrics==1.6.2',
)


def benchmark(tmp_path, *args, name='network', group='batch'):
    run('python', 'tools/benchmark.py', *args, '--json', tmp_path / 'out.json')
    found = json.loads((tmp_path / 'out.json').read_text())
    assert {'date', 'cpu', 'threads'} <= found['hardware'].keys()
    return {(row[name], row[group]): row for row in found['rows']}


@pytest.mark.slow
@pytest.mark.alone
def test_forms_of_srm_and_stock_networks(tmp_path):
    rows = benchmark(
        tmp_path,
        *('infer', '--size', 65, '--batches', 1, '--repeats', 1, '--plot', tmp_path / 'bars.png'),
    )
    names = [name for name, _ in rows]
    assert names[:3] == ['SRM, plain graph', 'SRM, default, channels first', 'SRM, default']
    assert any('PSPNet' in name for name in names)
    assert rows['SRM, plain graph', 1]['ratio'] == 1
    assert cv2.imread(str(tmp_path / 'bars.png')).std() > 0


def test_multiplications_at_353():
    assert gmac(plain_srm(), 353) == pytest.approx(36.28, abs=0.01)
    assert gmac(srm(), 353) < 24.5


def test_forms_of_srm_are_one_function():
    plain, ours, fast = plain_srm().eval(), srm().eval(), fast_inference(srm())
    image = torch.randn(1, 3, 353, 353)
    with torch.no_grad():
        expected = plain(image, mode='tensor')
        for model, tolerance in ((ours, 1e-5), (fast, 1e-4)):
            for found, plainly in zip(model(image, mode='tensor'), expected, strict=True):
                torch.testing.assert_close(found, plainly, atol=tolerance, rtol=0)


def test_gradients_of_both_forms_at_353():
    """In one layout: kernels of the other round otherwise, and now and then a ReLU opens or shuts."""
    images, samples = batch_of(1, 353, 'cpu')
    gradients = []
    for model in (plain_srm().train(), channels_first(srm()).train()):
        model.parse_losses(model(images, samples, mode='loss'))[0].backward()
        gradients.append({name: p.grad for name, p in model.named_parameters()})
    for name, expected in gradients[0].items():
        scale = expected.abs().max()
        assert (gradients[1][name] - expected).abs().max() <= 1e-4 * scale, name


@pytest.mark.slow
@pytest.mark.alone
def test_training_steps(tmp_path):
    rows = benchmark(tmp_path, 'train', '--size', 65, '--batches', 2, '--repeats', 1)
    assert [name for name, _ in rows][:2] == ['SRM, plain graph', 'SRM, default, channels first']
    stock = rows['PSPNet-R50-D8', 2]
    assert stock['GMAC'] > rows['SRM, default', 2]['GMAC'] and stock['peak_GiB'] > 0
    light = rows['SRM-Lite', 2]
    assert light['images_an_hour'] == round(2 * 3.6e6 / light['median_ms'])
    assert rows['SRM-Lite, bfloat16', 2]['GMAC'] == light['GMAC'] < stock['GMAC'] / 10


@pytest.mark.slow
@pytest.mark.alone
def test_memory_sizes_and_data(tmp_path):
    rows = benchmark(tmp_path, 'memory', '--only-srm', '--train-batch', 4, '--infer-batch', 2)
    assert rows['SRM, default', 4]['of_plain'] < 0.85
    rows = benchmark(
        tmp_path,
        *('sizes', '--sizes', 65, 97, '--stages', 1, 3, '--batches', 1, '--repeats', 1),
    )
    assert rows['SRM, T = 3, 97x97', 1]['ns_a_pixel'] > 0
    rows = benchmark(tmp_path, 'data', '--batch', 2, '--steps', 2)
    assert rows['training with loading', 2]['ratio'] > 0.5


@pytest.mark.slow
@pytest.mark.alone
def test_speed_of_inference_and_training(tmp_path):
    """The promised ratios, with room for the noise of a shared machine."""
    rows = benchmark(
        tmp_path,
        *('infer', '--only-srm', '--dtypes', 'float32', '--batches', 1, '--repeats', 15),
    )
    assert rows['SRM, default, channels first', 1]['ratio'] > 1.15
    assert rows['SRM, fused float32', 1]['ratio'] > 1.35
    rows = benchmark(tmp_path, 'train', '--only-srm', '--repeats', 3)
    assert rows['SRM, default, channels first', 4]['ratio'] > 1.15
    assert rows['SRM, default', 4]['ratio'] > 1.25
    assert rows['SRM, default', 4]['peak_GiB'] < 0.85 * rows['SRM, plain graph', 4]['peak_GiB']


@pytest.mark.slow
@pytest.mark.alone
def test_engines_beside_pytorch(tmp_path):
    pytest.importorskip('onnxscript', reason="needs onnxscript: pip install -e '.[export]'")
    flags = ('--only-srm', '--dtypes', 'float32', '--batches', 1, '--repeats', 9)
    rows = benchmark(tmp_path, 'infer', *flags, '--engines')
    assert rows['SRM, onnxruntime', 1]['ratio'] > 1.35
    assert rows['SRM, onnxruntime', 1]['GMAC'] == rows['SRM, fused float32', 1]['GMAC']
    if ('SRM, OpenVINO int8', 1) in rows:
        assert rows['SRM, OpenVINO int8', 1]['ratio'] > 2


@pytest.mark.slow
@pytest.mark.alone
def test_speed_in_bfloat16(tmp_path):
    if not is_faster_in_bfloat16():
        pytest.skip('needs a CPU that is faster in bfloat16 than in float32')
    rows = benchmark(
        tmp_path,
        *('infer', '--only-srm', '--dtypes', 'bfloat16', '--batches', 1, '--repeats', 15),
    )
    assert rows['SRM, fused bfloat16', 1]['ratio'] > 2


def ratios(tmp_path, *args):
    rows = benchmark(tmp_path, 'metrics', *args, name='measures', group='size')
    for row in rows.values():
        expected = row['images_a_second'] / row['PySODMetrics_images_a_second']
        assert row['ratio'] == pytest.approx(expected)
    return {(size, name): row['ratio'] for (name, size), row in rows.items()}


@needs_reference
def test_every_measure_is_timed_against_the_reference(tmp_path):
    command = ('--images', 2, '--repeats', 1, '--sizes', '65x97', '--jobs', 2)
    found = ratios(tmp_path, *command, '--plot', tmp_path / 'bars.png')
    assert cv2.imread(str(tmp_path / 'bars.png')).std() > 0
    names = ['MAE', 'F', 'E', 'Sm', 'wF', 'all but wF', 'all', 'all, 2 threads']
    assert [name for _, name in found] == names


@needs_reference
@pytest.mark.slow
@pytest.mark.alone
def test_speed(tmp_path):
    """The promised ratios, of which noise on a shared machine leaves at least half."""
    found = ratios(tmp_path, '--images', 10)
    for size in ('481x321', '1920x1080'):
        assert found[size, 'all'] > 4
        assert found[size, 'all but wF'] > 10


@pytest.mark.slow
@pytest.mark.alone
def test_the_box_from_file_to_file(tmp_path):
    """The network has most of the time: 0.7 and more, of which noise leaves at least 0.5."""
    rows = benchmark(tmp_path, 'folder', name='step', group='model')
    *steps, whole = rows.values()
    assert [row['step'] for row in steps] == ['decode', 'network', 'resize', 'encode', 'write']
    assert sum(row['share'] for row in steps) == pytest.approx(1)
    assert whole['step'] == 'infer, from file to file' and whole['ratio'] < 1 / 0.5


@pytest.mark.slow
def test_other_kinds_of_larger_pictures_from_file_to_file(tmp_path):
    """Twice: of generated pictures, and of a user's own, in a folder with a sub-folder."""
    flags = ('--save', 'stages,cutout', '--repeats', 1)
    (tmp_path / 'photos/below').mkdir(parents=True)
    for name in ('a', 'below/b'):
        Image.fromarray(noise(60, 40)).save(tmp_path / f'photos/{name}.jpg')
    few = benchmark(
        tmp_path, 'folder', '--images', tmp_path / 'photos', *flags, name='step', group='model'
    )
    more = benchmark(tmp_path, 'folder', '--size', '1200x900', *flags, name='step', group='model')
    assert few['encode', 'srm_lite0']['ms'] < more['encode', 'srm_lite0']['ms']


@pytest.mark.parametrize('flags', [('--size', '400'), ('--size', '0x3'), ('--save', 'maps')])
def test_no_size_and_no_kind(flags):
    done = run('python', 'tools/benchmark.py', 'folder', *flags, check=False)
    assert done.returncode == 2 and 'expected' in done.stderr and flags[1] in done.stderr


def test_half_a_pair_of_folders():
    done = run('python', 'tools/benchmark.py', 'metrics', '--gt', 'x', check=False)
    assert done.returncode == 1 and '--gt and --pred' in done.stderr


def test_cost_follows_from_rate_and_price(tmp_path):
    command = ('cost', '--rate', 50, '--price', 'list=0.09', 'a=b=0.018')
    rows = benchmark(tmp_path, *command, name='price', group='model')
    assert list(rows) == [('list', 'as given'), ('a=b', 'as given')]
    row = rows['list', 'as given']
    assert row['hours_a_million'] == pytest.approx(1e6 / 50 / 3600)
    assert row['USD_a_million'] == pytest.approx(0.5)
    assert rows['a=b', 'as given']['USD_a_million'] == pytest.approx(0.1)


@pytest.mark.slow
@pytest.mark.alone
def test_cost_at_a_rate_that_is_measured(tmp_path):
    rows = benchmark(tmp_path, 'cost', '--price', 'ours=1', name='price', group='model')
    row = rows['ours', 'srm_lite0']
    assert row['images_a_second'] > 0.5
    assert row['USD_a_million'] == pytest.approx(1e6 / row['images_a_second'] / 3600)


@pytest.mark.parametrize(
    'arguments, message',
    [
        ([], 'required: --price'),
        (['--price', '0.09'], "expected NAME=USD, such as spot=0.03, but got '0.09'"),
        (['--price', 'a=free'], "a number above 0, but got 'free'"),
        (['--price', 'a=1', '--rate', '0'], "a number above 0, but got '0'"),
    ],
)
def test_costs_that_are_none(arguments, message):
    done = run('python', 'tools/benchmark.py', 'cost', *arguments, check=False)
    assert done.returncode == 2 and message in done.stderr


@pytest.mark.slow
@pytest.mark.alone
def test_trunks_and_their_memory(tmp_path):
    configs = ('srm_r50_duts_modern', 'srm_mobilenet-v2_duts')
    flags = ('--size', 65, '--repeats', 1, '--configs', *configs)
    rows = benchmark(tmp_path, 'trunks', *flags, name='config', group='size')
    first, light = (rows[name, 65] for name in configs)
    assert first['of_first'] == 1 and first['status'] == 'not yet trained'
    assert light['GMAC'] < first['GMAC'] and light['Mparameters'] < first['Mparameters']
    flags = ('--size', 257, '--train-batch', 1, '--trunks', 'srm_r50_duts_modern')
    rows = benchmark(tmp_path, 'memory', *flags)
    peaks = [row['peak_GiB'] for row in rows.values()]
    # What with_cp saves is seen at 1,024 pixels; here scratch is as large as what is kept.
    assert len(peaks) == 6 and peaks[0] < peaks[2] < peaks[4]


def test_a_config_without_strides_is_refused():
    with pytest.raises(ValueError, match='backbone.strides, such as srm_r50_duts_modern'):
        of_config('srm_r18_demo')


def test_configs_of_trunks_are_found_two_resnet_50_first():
    found = trunk_configs()
    assert found[0] == 'srm_r50_duts_modern' and 'srm_swin-t_duts' in found and len(found) >= 7
