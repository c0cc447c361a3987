import warnings

import matplotlib
import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager

from srm_mmseg.evaluation import curve_plots, figure_text
from srm_mmseg.evaluation.curve_plots import save_curve_plots
from srm_mmseg.evaluation.figure_text import add_legend, fonts_for, legend_names
from srm_mmseg.evaluation.measures import Curves

LINE = np.linspace(1, 0, 256)
CURVES = Curves(LINE, LINE, LINE, LINE)
NAMES = ('_ours', '__', '$', r'b$\frac$', '$$x^2$$', r'a\$b', '%s & co_1', '{}', 'Öß', 'שלום', '👍')


def drawn(names):
    """Draw a legend, and return its texts."""
    with fonts_for(names):
        figure = Figure(figsize=(4, 3))
        canvas = FigureCanvasAgg(figure)
        axes = figure.subplots()
        lines = [axes.plot([0, 1])[0] for _ in names]
        legend = add_legend(axes, lines, names)
        canvas.draw()
        texts = [text.get_text() for text in legend.get_texts()]
        assert not any(text._preprocess_math(text.get_text())[1] for text in legend.get_texts())
        return texts


def test_a_legend_has_the_names_as_they_are_written():
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        assert drawn(NAMES) == list(NAMES)


@pytest.mark.parametrize('name', ['_', r'b$\frac$', '$$x^2$$'])
def test_plots_of_any_name_are_written(name, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        paths = save_curve_plots({name: CURVES}, tmp_path)
    assert all(path.stat().st_size > 2000 for path in paths)


def test_the_curve_of_every_name_is_in_the_legend(tmp_path, monkeypatch):
    shown = []

    def add(axes, lines, names):
        shown.append([text.get_text() for text in add_legend(axes, lines, names).get_texts()])

    monkeypatch.setattr(curve_plots, 'add_legend', add)
    save_curve_plots({'_ours': CURVES, 'theirs': CURVES}, tmp_path)
    assert shown == 2 * [['_ours', 'theirs']]


def test_long_names_are_broken_and_shortened_where_they_stay_different():
    [short] = legend_names(['a' * 300])
    assert max(map(len, short.split('\n'))) <= 32 and short.count('\n') == 1 and '…' in short
    both = legend_names(['x' * 100 + end + 'y' * 100 for end in 'ab'])
    assert both[0] != both[1] and '…' not in both[0]


def without_fonts_of(characters, monkeypatch):
    own = figure_text._characters
    monkeypatch.setattr(figure_text, '_characters', lambda font: own(font) - set(characters))


def test_a_warning_names_what_no_font_has_and_the_remedy(monkeypatch):
    without_fonts_of('方法', monkeypatch)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        drawn(['方法 A'])
    [message] = [str(w.message) for w in caught if 'font' in str(w.message).lower()]
    assert '方 法' in message and 'fonts-noto-cjk' in message and '--pred NAME=DIR' in message


@pytest.fixture
def font_of_tests(tmp_path):
    """A font that has two Chinese characters, as triangles."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    pen.lineTo((500, 900))
    pen.lineTo((1000, 0))
    pen.closePath()
    builder, glyphs = FontBuilder(1000, isTTF=True), ['.notdef', 'fang', 'fa']
    builder.setupGlyphOrder(glyphs)
    builder.setupCharacterMap({ord('方'): 'fang', ord('法'): 'fa'})
    builder.setupGlyf(dict.fromkeys(glyphs, pen.glyph()))
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (1000, 0)))
    builder.setupHorizontalHeader(ascent=900, descent=-100)
    builder.setupNameTable(dict(familyName='Font of tests', styleName='Regular'))
    builder.setupOS2()
    builder.setupPost()
    path = tmp_path / 'font.ttf'
    builder.save(path)
    before = list(fontManager.ttflist)
    fontManager.addfont(path)
    yield
    fontManager.ttflist[:] = before


def test_a_font_that_has_the_characters_is_found(font_of_tests, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        with fonts_for(['方法 A']):
            family = matplotlib.rcParams['font.family']
        paths = save_curve_plots({'方法 A': CURVES}, tmp_path)
    assert len(family) > 1 and len(paths) == 4
    assert list(matplotlib.rcParams['font.family']) == ['sans-serif']
