"""The models in the box are what their cards and the documents say, and cut out what one sees."""

import re

import cv2
import numpy as np
import pytest
from helpers import REPO, count_parameters, refusing, run
from prettytable import TableStyle

from srm_mmseg.apis import SaliencyInferencer
from srm_mmseg.evaluation.map_score import average_scores, score_map
from srm_mmseg.evaluation.measures import MEASURES
from srm_mmseg.models.cost import gmac
from srm_mmseg.zoo.cards import BOX, DEFAULT, cards, find_card
from srm_mmseg.zoo.score_table import models_table, stages_table

STAGES = ('S1', 'S2', 'S3')
MOST_BYTES = 12e6


@pytest.fixture(autouse=True)
def box_alone(monkeypatch):
    monkeypatch.delenv('SRM_MMSEG_ZOO', raising=False)


@pytest.fixture(scope='module')
def by_onnx():
    return SaliencyInferencer()


@pytest.fixture(scope='module')
def by_torch():
    card = find_card(DEFAULT)
    return SaliencyInferencer(card.config, f'zoo://{card.name}', device='cpu')


def photograph(name):
    return getattr(pytest.importorskip('skimage.data'), name)()


def test_a_model_is_the_default():
    assert list(cards())[0] == DEFAULT


@pytest.mark.parametrize('name', list(cards()))
def test_files_are_those_of_the_card_and_small(name):
    card = find_card(name)
    for path in (card.weights, card.onnx):
        assert path.parent == BOX and path.stat().st_size <= MOST_BYTES
    known = card.entry['Metadata']
    assert all(known[key] for key in ('License', 'Training Data', 'Intended Use', 'Version'))
    assert re.fullmatch(r'\d{4}-\d\d-\d\d', known['Date'])


def test_it_is_as_small_as_the_documents_say(by_torch):
    model = by_torch.backend.model
    assert (
        count_parameters(model) == find_card(DEFAULT).entry['Metadata']['Parameters'] == 4_342_642
    )
    assert gmac(model, 353) == pytest.approx(1.84, abs=0.005)


@pytest.mark.parametrize('name', list(cards()))
def test_files_tell_nothing_of_the_machine_that_wrote_them(name):
    card = find_card(name)
    for path in (card.weights, card.onnx):
        assert not re.search(rb'File "|\.py"|/home/|/tmp/', path.read_bytes())


@pytest.mark.parametrize('name', list(cards()))
def test_every_stage_is_better_than_the_one_before(name):
    for by_stage in find_card(name).scores.values():
        assert tuple(by_stage) == STAGES
        assert all(tuple(scores) == MEASURES for scores in by_stage.values())
        first, second, third = by_stage.values()
        assert first['MAE'] > second['MAE'] > third['MAE']
        assert first['wF'] < second['wF'] < third['wF']


def in_markdown(table, **options):
    table.set_style(TableStyle.MARKDOWN)
    return '\n'.join(re.sub(' +', ' ', line) for line in table.get_string(**options).splitlines())


def test_documents_have_the_tables_of_the_cards():
    columns = [name for name in models_table().field_names if name != 'folder']
    models = in_markdown(models_table(), fields=columns)
    assert models in (REPO / 'README.md').read_text(), models
    stages = in_markdown(stages_table(find_card(DEFAULT)))
    assert stages in (REPO / 'docs/zoo.md').read_text(), stages


@pytest.mark.parametrize(
    ('name', 'inside', 'outside'),
    [
        ('chelsea', (150, 180), (20, 430)),
        ('coffee', (150, 300), (20, 580)),
        ('rocket', (270, 322), (30, 250)),
    ],
)
def test_what_stands_out_in_photographs(name, inside, outside, by_onnx):
    (found,) = by_onnx(photograph(name))
    assert found.map[inside] > 0.9 and found.map[outside] < 0.1


@pytest.mark.parametrize('name', ['chelsea', 'coffee', 'rocket'])
def test_onnx_and_torch_agree(name, by_onnx, by_torch):
    (one,), (other,) = (run_on(photograph(name), stages=True) for run_on in (by_onnx, by_torch))
    assert np.abs(one.stages - other.stages).mean() < 1e-3
    size = by_torch.backend.scale
    image = cv2.resize(photograph(name), size)
    (one,), (other,) = (run_on(image, stages=True) for run_on in (by_onnx, by_torch))
    assert np.abs(one.stages - other.stages).max() < 2e-3


def test_the_cpu_may_be_named(by_onnx):
    image = photograph('coffee')
    (one,), (other,) = (run_on(image) for run_on in (by_onnx, SaliencyInferencer(device='cpu')))
    assert np.array_equal(one.map, other.map)


def test_cut_outs_need_neither_toolbox_nor_torch(tmp_path):
    cv2.imwrite(str(tmp_path / 'cat.png'), photograph('chelsea')[..., ::-1])
    arguments = ['infer', str(tmp_path / 'cat.png'), '--out', str(tmp_path), '--save', 'cutout']
    code = refusing('mmseg', 'mmcv', 'mmengine', 'torch')
    code += f'sys.argv[1:] = {arguments}\nfrom srm_mmseg.cli.main import main\nmain()'
    run('python', '-c', code)
    cutout = cv2.imread(str(tmp_path / 'cutout/cat.png'), cv2.IMREAD_UNCHANGED)
    assert cutout.shape == (300, 451, 4) and cutout[150, 180, 3] > 230


@pytest.mark.slow
@pytest.mark.parametrize('kind', ['onnx', 'torch'])
def test_scores_are_those_of_the_card(kind, shared, by_onnx, by_torch):
    folder = shared / 'data/ECSSD'
    names = (folder / 'val.txt').read_text().split()
    inferencer = dict(onnx=by_onnx, torch=by_torch)[kind]
    photographs = [str(folder / f'images/{name}.jpg') for name in names]
    scores = [
        score_map(result.levels(), mask_of(folder, result.name.split('/')[-1]))
        for result in inferencer(photographs)
    ]
    found, _ = average_scores(scores)
    for name, expected in find_card(DEFAULT).scores['ECSSD']['S3'].items():
        assert found[name] == pytest.approx(expected, abs=1e-3), name


def mask_of(folder, name):
    return cv2.imread(str(folder / f'ground_truth_mask/{name}.png'), 0) // 255
