"""Models by name: the box's, and one's own in the folder that a variable names."""

import hashlib

import pytest
import yaml

from srm_mmseg import find_config
from srm_mmseg.apis.model_choice import ModelChoice, with_files_of_zoo
from srm_mmseg.zoo import cards as zoo
from srm_mmseg.zoo.cards import BadZooError, cards, find_card


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A folder with a model called ``mine``."""
    content = {'mine.safetensors': b'weights', 'mine.onnx': b'graph'}
    for name, data in content.items():
        (tmp_path / name).write_bytes(data)
    entry = {
        'Name': 'mine',
        'Config': 'srm_r18_demo',
        'Weights': 'mine.safetensors',
        'ONNX': 'mine.onnx',
        'Metadata': {'Parameters': 3},
        'SHA-256': {name: hashlib.sha256(data).hexdigest() for name, data in content.items()},
        'Results': [{'Dataset': 'toy', 'Metrics': {'S1': {'MAE': 0.2}, 'S2': {'MAE': 0.1}}}],
    }
    write(tmp_path, [entry])
    monkeypatch.setenv(zoo.VARIABLE, str(tmp_path))
    return tmp_path, entry


def write(folder, models):
    (folder / zoo.METAFILE).write_text(yaml.safe_dump(dict(Models=models)))


def test_a_model_of_ones_own_joins_by_the_variable(mine):
    folder, _ = mine
    card = find_card('mine')
    assert (card.weights, card.onnx) == (folder / 'mine.safetensors', folder / 'mine.onnx')
    assert card.scores == {'toy': {'S1': {'MAE': 0.2}, 'S2': {'MAE': 0.1}}}
    assert zoo.DEFAULT in cards()
    assert find_config('mine') == find_config('srm_r18_demo')


def test_a_config_beside_the_card_is_its_config(mine):
    folder, entry = mine
    (folder / 'own.py').touch()
    write(folder, [entry | {'Config': 'own.py'}])
    assert find_config('mine') == str(folder / 'own.py')


def test_a_name_takes_the_onnx_file_and_a_gpu_the_weights(mine):
    folder, _ = mine

    def files(config, checkpoint=None, **changes):
        return with_files_of_zoo(ModelChoice(config, checkpoint, **changes))[:2]

    assert files('mine') == (folder / 'mine.onnx', None)
    assert files('mine', device='cpu') == (folder / 'mine.onnx', None)
    assert files('mine', dtype='auto') == (folder / 'mine.onnx', None)
    assert files('mine', precision='bf16') == (folder / 'mine.onnx', None)
    assert files('mine', device='gpu') == (folder / 'mine.onnx', None)
    assert files('mine', device='cuda') == ('srm_r18_demo', 'zoo://mine')
    assert files('mine', dtype='bfloat16') == ('srm_r18_demo', 'zoo://mine')
    assert files('mine', 'other.pth') == ('mine', 'other.pth')
    assert files('config.py') == ('config.py', None)


@pytest.mark.parametrize('kind', ['weights', 'onnx'])
def test_another_file_than_was_published_is_refused(mine, kind):
    folder, entry = mine
    path = folder / entry[dict(weights='Weights', onnx='ONNX')[kind]]
    path.write_bytes(path.read_bytes() + b'x')
    with pytest.raises(BadZooError, match=f'{path.name} to have the SHA-256 [0-9a-f]{{64}}'):
        getattr(find_card('mine'), kind)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=f'{path.name} to be there'):
        getattr(find_card('mine'), kind)


def test_a_file_without_a_digest_is_refused(mine):
    folder, entry = mine
    write(folder, [entry | {'SHA-256': {}}])
    with pytest.raises(BadZooError, match='SHA-256 None'):
        find_card('mine').onnx  # noqa: B018


@pytest.mark.parametrize('key', zoo.KEYS)
def test_a_card_without_a_key_is_refused(mine, key):
    folder, entry = mine
    write(folder, [{name: value for name, value in entry.items() if name != key}])
    with pytest.raises(BadZooError, match=f'each, but got none of these: {key}. '):
        cards()


def test_a_name_that_there_is_not(mine):
    with pytest.raises(BadZooError, match='Did you mean mine'):
        find_card('mien')
    with pytest.raises(BadZooError, match=f'There are: {zoo.DEFAULT}, mine.*{zoo.VARIABLE}'):
        find_card('something else')


def test_two_models_of_one_name(mine):
    folder, entry = mine
    write(folder, [entry | {'Name': zoo.DEFAULT}])
    with pytest.raises(BadZooError, match=f"'{zoo.DEFAULT}' is in {zoo.BOX} and in {folder}"):
        cards()


@pytest.mark.parametrize('text', ['', 'Models: 3', 'Models: [{Name: a}]', '[', 'a: \x00'])
def test_a_metafile_that_is_none(mine, text):
    (mine[0] / zoo.METAFILE).write_text(text)
    with pytest.raises(BadZooError, match='metafile.yml to list Models'):
        cards()


def test_a_folder_without_a_metafile(mine):
    (mine[0] / zoo.METAFILE).unlink()
    with pytest.raises(FileNotFoundError, match=f'{zoo.VARIABLE} names'):
        cards()
