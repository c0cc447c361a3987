import sys

import numpy as np
from helpers import run

from srm_mmseg.engine.peak_memory import peak_memory


def test_grows_with_what_is_held():
    before = peak_memory()
    held = np.ones(2 * before, np.uint8)
    assert peak_memory() > before + held.nbytes // 2


def test_does_not_count_the_process_that_started_this_one():
    held = np.ones(2**29, np.uint8)
    code = 'from srm_mmseg.engine.peak_memory import peak_memory; print(peak_memory())'
    assert int(run(sys.executable, '-c', code).stdout) < held.nbytes
