import pytest
from brightness import Brightness

from srm_mmseg.apis import SaliencyInferencer


@pytest.fixture
def inferencer():
    return SaliencyInferencer(Brightness(), batch_size=4)


@pytest.fixture
def photos(tmp_path):
    """Files by the name of the picture that is drawn of each."""
    (tmp_path / 'in').mkdir()
    for name in 'abc':
        (tmp_path / 'in' / name).write_text(name * 5)
    return {f'{name}.png': str(tmp_path / 'in' / name) for name in 'abc'}


@pytest.fixture
def out(tmp_path):
    """Where to draw."""
    return tmp_path / 'out'
