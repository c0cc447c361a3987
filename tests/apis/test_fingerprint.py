import os

import pytest

from srm_mmseg.apis.fingerprint import fingerprint, model_fingerprint
from srm_mmseg.apis.model_choice import ModelChoice


def test_a_file(tmp_path):
    path = tmp_path / 'a'
    path.write_bytes(b'abc')
    os.utime(path, ns=(1, 17))
    digest = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'  # FIPS 180-2
    assert fingerprint(path) == (3, 17, digest)
    with pytest.raises(FileNotFoundError):
        fingerprint(tmp_path / 'b')


OF_ITS_OWN = dict(dataset=dict(pipeline=[dict(scale=2)]))


@pytest.fixture
def model(tmp_path):
    """A config with a base, and weights."""
    (tmp_path / 'base.py').write_text("model = dict(type='A')\ntest_pipeline = [dict(scale=1)]\n")
    (tmp_path / 'config.py').write_text("_base_ = 'base.py'\n")
    (tmp_path / 'weights.pth').write_bytes(b'1')
    return tmp_path


def told(folder, dtype=None):
    choice = ModelChoice(folder / 'config.py', folder / 'weights.pth', dtype=dtype)
    return model_fingerprint(choice)


@pytest.mark.parametrize(
    'name, text',
    [
        ('base.py', "model = dict(type='B')\ntest_pipeline = [dict(scale=1)]\n"),
        ('base.py', "model = dict(type='A')\ntest_pipeline = [dict(scale=2)]\n"),
        ('config.py', "_base_ = 'base.py'\nmodel = dict(depth=5)\n"),
        ('config.py', "_base_ = 'base.py'\ntest_evaluator = dict(stretch_maps=True)\n"),
        ('config.py', f"_base_ = 'base.py'\ntest_dataloader = {OF_ITS_OWN}\n"),
        ('weights.pth', '2'),
    ],
)
def test_another_model_of_the_same_times(model, name, text):
    before, status = told(model), os.stat(model / name)
    (model / name).write_text(text)
    os.utime(model / name, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert told(model) != before


def test_the_same_model_elsewhere(model):
    before = told(model)
    (model / 'moved').mkdir()
    for name in ('base.py', 'config.py', 'weights.pth'):
        (model / name).rename(model / 'moved' / name)
    with (model / 'moved/config.py').open('a') as file:
        file.write("# A remark.\nwork_dir = 'elsewhere'\n")
    assert told(model / 'moved') == before
    assert told(model / 'moved', 'float32') != before


def test_an_exported_model(tmp_path):
    (tmp_path / 'a.onnx').write_bytes(b'1')
    before = model_fingerprint(ModelChoice(tmp_path / 'a.onnx'))
    (tmp_path / 'a.onnx').write_bytes(b'2')
    assert model_fingerprint(ModelChoice(tmp_path / 'a.onnx')) != before


def test_an_ir_is_told_by_its_weights_too(tmp_path):
    for name in ('a.xml', 'a.bin'):
        (tmp_path / name).write_bytes(b'1')
    before = model_fingerprint(ModelChoice(tmp_path / 'a.xml'))
    (tmp_path / 'a.bin').write_bytes(b'2')
    assert model_fingerprint(ModelChoice(tmp_path / 'a.xml')) != before


def test_another_precision_is_another_model(tmp_path):
    (tmp_path / 'a.onnx').write_bytes(b'1')
    choice = ModelChoice(tmp_path / 'a.onnx')
    ways = [choice._replace(precision=one) for one in (None, 'f32', 'bf16')]
    assert len({str(model_fingerprint(one)) for one in ways}) == 3
