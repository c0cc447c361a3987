import numpy as np
import pytest

from srm_mmseg.evaluation import functional
from srm_mmseg.saliency.eight_bits import quantise


def test_rounds_to_the_nearest_of_256_levels():
    assert quantise(np.array([[0, 0.4 / 255, 0.6 / 255, 1]])).tolist() == [[0, 0, 1, 255]]


@pytest.mark.parametrize('value', [np.nan, -0.1, 1.1, np.inf])
def test_refuses_what_is_no_probability(value):
    with pytest.raises(ValueError, match=r'in \[0, 1\], but got'):
        quantise(np.array([[0.5, value]]))


def test_is_part_of_the_measures_too():
    assert functional.quantise is quantise
