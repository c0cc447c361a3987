"""Modules of arrays are for machines with neither PyTorch nor the toolbox."""

import pytest
from helpers import run

OF_ARRAYS = ('eight_bits', 'encode', 'map_arrays', 'pictures', 'stages')


@pytest.mark.parametrize('module', OF_ARRAYS)
def test_needs_neither_toolbox_nor_torch(module):
    code = (
        'import sys; sys.modules.update(dict.fromkeys(("mmseg", "mmcv", "mmengine", "torch")))\n'
        f'import srm_mmseg.saliency.{module}'
    )
    run('python', '-c', code)
