"""Names in figures, shown as they are written."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from textwrap import fill
from typing import Any

import matplotlib
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.legend import Legend

from srm_mmseg.terminal import JOINERS, printable

LINE = 32  # characters of a line in a legend
LONGEST = 2 * LINE


def legend_names(names: Iterable[str]) -> list[str]:
    """Break names into lines; leave out the middle of very long ones where they stay different."""
    written = [printable(name) for name in names]
    half = LONGEST // 2
    short = [f'{n[:half]}…{n[1 - half :]}' if len(n) > LONGEST else n for n in written]
    if len(set(short)) == len(set(written)):
        written = short
    return [fill(name, LINE, break_on_hyphens=False) for name in written]


def add_legend(
    axes: Axes, lines: Sequence[Artist], names: Sequence[str], **settings: Any
) -> Legend:
    """Add a legend.

    Handed to matplotlib as labels, names that begin with ``_`` would be left out, and a ``$`` would
    begin a formula.

    Args:
        axes: Where to.
        lines: What was drawn.
        names: Of each line, any characters.
        settings: As of matplotlib's ``legend``.
    """
    legend = axes.legend(lines, [''] * len(lines), **settings)
    for text, name in zip(legend.get_texts(), legend_names(names)):
        text.set_parse_math(False)
        text.set_text(name)
    return legend


@contextmanager
def fonts_for(names: Iterable[str]) -> Iterator[None]:
    """Draw and save in this context: fonts that have the characters of the names are looked for.

    Warns of characters that no font of this machine has.
    """
    family = list(matplotlib.rcParams['font.family'])
    missing = {c for name in names for c in printable(name) if c > '\x7f' and not c.isspace()}
    missing -= set(JOINERS)
    for font in [findfont(FontProperties(family=family)), *_paths()] if missing else ():
        found = missing & _characters(font)
        if found:
            missing -= found
            family.append(get_font(font).family_name)
        if not missing:
            break
    if missing:
        warnings.warn(
            f'No font of this machine has {" ".join(sorted(missing))}: boxes are drawn instead. Install '
            'one (the package fonts-noto-cjk has Chinese, Japanese and Korean), or name the curves in '
            'other characters, as with --pred NAME=DIR.',
            stacklevel=3,
        )
    with matplotlib.rc_context({'font.family': family}), warnings.catch_warnings():
        warnings.filterwarnings('ignore', 'Glyph .* missing')
        yield


def _paths() -> Iterator[str]:
    """List the files of upright fonts of normal weight."""
    for entry in fontManager.ttflist:
        if entry.style == 'normal' and entry.weight == 400 and 'Last Resort' not in entry.name:
            yield entry.fname


def _characters(font: str) -> set[str]:
    """List the characters that a font file can draw, at any size."""
    try:
        face = get_font(font)
        return {chr(code) for code in face.get_charmap()} if face.scalable else set()
    except (OSError, RuntimeError):
        return set()
