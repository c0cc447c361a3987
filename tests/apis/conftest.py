import pytest
from brightness import Brightness

from srm_mmseg.apis import SaliencyInferencer


@pytest.fixture
def inferencer():
    return SaliencyInferencer(Brightness(), batch_size=4)
