"""The networks of ``benchmark infer --peers`` are the published ones, and engines run them alike."""

import argparse
import json

import cv2
import numpy as np
import pytest
import torch
from helpers import count_parameters, run

from srm_mmseg.cli.benchmarks.peers import engines, race
from srm_mmseg.cli.benchmarks.peers.engines import ENGINES, Engine, Entry
from srm_mmseg.cli.benchmarks.peers.race import PEERS
from srm_mmseg.models.cost import gmac_of

UNREAD = 160 * 1280 + 2 * 1280  # of EDN-Lite's release: a convolution and its BN that nothing reads
COLUMNS = [engine.column for engine in ENGINES]


@pytest.mark.parametrize(
    ('name', 'left_out', 'expected', 'tolerance'),
    [
        ('u2net', 0, PEERS['u2net'].published, 0.003),
        (
            'u2netp',
            0,
            PEERS['u2netp'].published,
            0.05,
        ),  # of the file, which holds more than weights
        ('f3net', 0, PEERS['f3net'].published, 0.003),
        ('edn_lite', UNREAD, 1.80, 0.003),
        ('srm_lite', 0, 4.342642, 1e-9),
        ('pspnet', 0, 46.6, 0.001),
    ],
)
def test_parameters(name, left_out, expected, tolerance):
    found = count_parameters(PEERS[name].build()) + left_out
    assert found / 1e6 == pytest.approx(expected, rel=tolerance)


def test_multiplications_of_f3net():
    """SALOD, arXiv 2202.02925, counts 13.6 at 320 x 320, with the heads that only training has."""
    model = PEERS['f3net'].build().eval().to('meta')
    assert gmac_of(model, 320) == pytest.approx(13.6, rel=0.01)


def test_every_network_gives_a_map_of_the_image():
    assert len(PEERS) == 9
    for peer in PEERS.values():
        images = peer.lay_out(torch.randn(2, 3, 65, 97))
        with torch.inference_mode():
            maps = peer.make()(images)
        assert maps.shape == (2, 1, 65, 97), peer.name
        assert 0 <= maps.min() < maps.max() <= 1, peer.name


def test_weights_are_seeded():
    one, other = (PEERS['u2netp'].make().state_dict() for _ in range(2))
    assert len(one) > 400 and all(torch.equal(one[name], other[name]) for name in one)


def test_every_number_has_a_source():
    with_numbers = [peer for peer in PEERS.values() if peer.published or peer.scores]
    assert len(with_numbers) > 4 and all(peer.source for peer in with_numbers)
    assert PEERS['u2net'].scores_on('ECSSD') == '- / 0.033 / -'
    assert PEERS['pspnet'].scores_on('ECSSD') == '- / - / -'


def arguments(*flags):
    parser = argparse.ArgumentParser()
    race.add_arguments(parser)
    args = parser.parse_args(['--peers', *flags])
    threads = torch.get_num_threads()
    args.__dict__.update(size=65, batches=[1, 2], repeats=1, threads=threads, json=None, plot=None)
    return args


def test_an_engine_that_is_not_installed_is_left_out(monkeypatch, capsys):
    absent = Engine('swift_ms', ('no_such_engine',), lambda entry, threads: pytest.fail('run'))
    monkeypatch.setattr(race, 'ENGINES', (ENGINES[0], absent))
    monkeypatch.setattr(race, 'keep_freed_memory', lambda: None)  # would stay with the tests
    race.run(arguments('--networks', 'u2netp', 'edn_lite'))
    printed = capsys.readouterr().out
    assert 'swift_ms is left out: pip install no_such_engine' in printed
    head = printed.splitlines()[1]
    assert 'PyTorch_ms' in head and 'swift_ms |' not in head
    assert printed.count('U2-Netp') == 3  # batch 1, batch 2, source


def test_bfloat16_needs_a_cpu_that_has_it(monkeypatch):
    pytest.importorskip('openvino', reason='pip install openvino')
    monkeypatch.setattr(engines, 'openvino_capabilities', lambda: ['FP32', 'INT8'])
    assert [engine.column for engine in ENGINES if 'bfloat16' in engine.lacks] == [
        'OpenVINO_bf16_ms'
    ]


def all_engines():
    lacking = [engine.lacks for engine in ENGINES if engine.lacks]
    if lacking:
        pytest.skip('; '.join(lacking))


@pytest.mark.slow
def test_engines_compute_the_same_map(tmp_path):
    all_engines()
    peer = PEERS['srm_lite']
    model, images = peer.make(), peer.lay_out(torch.randn(2, 3, 65, 65))
    entry = Entry(model, images)
    entry.write(tmp_path / 'net.onnx')
    plain, *others = (engine.prepare(entry, 1)() for engine in ENGINES)
    expected = plain.numpy()
    assert expected.std() > 1e-6
    for engine, found in zip(ENGINES[1:], others, strict=True):
        tolerance = 1e-5 if engine.column in ('onnxruntime_ms', 'OpenVINO_f32_ms') else 0.02
        np.testing.assert_allclose(found[0], expected, atol=tolerance, rtol=0)


@pytest.mark.slow
def test_products_of_matrices_stay_in_float(tmp_path):
    all_engines()
    import openvino

    entry = Entry(PEERS['srm_lite'].make(), torch.randn(1, 3, 65, 65))
    entry.write(tmp_path / 'net.onnx')
    model = openvino.Core().read_model(entry.file)
    nodes = engines.quantised(model, entry.images.shape).get_ops()
    kinds = [node.get_type_name() for node in nodes]
    assert kinds.count('FakeQuantize') > 50 and kinds.count('MatMul') > 4
    feeds = {
        value.get_node().get_type_name()
        for node in nodes
        if node.get_type_name() == 'MatMul'
        for value in node.input_values()
    }
    assert 'FakeQuantize' not in feeds


@pytest.mark.slow
@pytest.mark.alone
def test_the_whole_race(tmp_path):
    all_engines()
    run(
        *('python', 'tools/benchmark.py', 'infer', '--peers', '--networks', 'u2netp', 'srm_lite'),
        *('--size', 65, '--repeats', 1, '--batches', 1, 2),
        *('--json', tmp_path / 'out.json', '--plot', tmp_path / 'bars.png'),
    )
    rows = json.loads((tmp_path / 'out.json').read_text())['rows']
    assert [(row['network'], row['batch']) for row in rows] == [
        *(('U2-Netp', 1), ('SRM-Lite', 1)),
        *(('U2-Netp', 2), ('SRM-Lite', 2)),
    ]
    for row in rows:
        assert all(row[column] > 0 for column in COLUMNS) and row['peak_GiB'] >= 0
        assert row['ECSSD'].count('/') == 2
    assert rows[1]['GMAC'] < rows[0]['GMAC'] and rows[1]['Mparameters'] > rows[0]['Mparameters']
    assert cv2.imread(str(tmp_path / 'bars.png')).std() > 0
