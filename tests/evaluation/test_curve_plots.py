import cv2
import numpy as np

from srm_mmseg.evaluation.curve_plots import STYLES, save_curve_plots
from srm_mmseg.evaluation.measures import Curves


def curves(height):
    recall = np.linspace(1, 0, 256)
    return Curves(height * (1 - recall**2), recall, np.full(256, height), np.full(256, height))


def test_writes_both_plots_in_both_formats(tmp_path):
    few = save_curve_plots({'one': curves(0.9)}, tmp_path / 'few')
    many = save_curve_plots({f'method {n}': curves(0.9 - n / 10) for n in range(8)}, tmp_path)
    assert [path.name for path in many] == [path.name for path in few]
    assert few[0].name == 'pr.png' and few[1].read_bytes().startswith(b'%PDF')
    # Eight methods take more ink than one.
    assert cv2.imread(str(many[0])).mean() < cv2.imread(str(few[0])).mean()


def test_curves_differ_without_colour():
    for key in ('linestyle', 'marker'):
        assert len({style[key] for style in STYLES}) == len(STYLES) > 5
