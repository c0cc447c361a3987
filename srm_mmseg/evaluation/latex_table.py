"""Scores of several methods as a table for a paper."""

from __future__ import annotations

from collections.abc import Sequence

from srm_mmseg.evaluation.map_folder import FolderScore
from srm_mmseg.evaluation.measures import RECORDS


def latex_table(scores: dict[str, FolderScore], measures: Sequence[str], conventions: str) -> str:
    """Lay out the scores for a paper: three digits, the best of each column bold."""
    rounded = {
        name: [f'{value:.3f}' for value in score.measures.values()]
        for name, score in scores.items()
    }
    best = [
        RECORDS[name].best(row[column] for row in rounded.values())
        for column, name in enumerate(measures)
    ]
    typesetters = '' if ''.join(scores).isascii() else ', and XeLaTeX or LuaLaTeX for the names'
    lines = [
        '% ' + conventions + '; needs \\usepackage{booktabs}' + typesetters,
        r'\begin{tabular}{l' + 'c' * len(measures) + '}',
        r'\toprule',
        ' & '.join(['Method', *(RECORDS[name].heading for name in measures)]) + r' \\',
        r'\midrule',
    ]
    for name, row in rounded.items():
        cells = [rf'\textbf{{{cell}}}' if cell == top else cell for cell, top in zip(row, best)]
        lines.append(' & '.join([escaped(name), *cells]) + r' \\')
    lines.append(r'\bottomrule')
    for name, score in scores.items():
        if score.missing:
            note = f'{escaped(name)}: {score.missing} of {score.n + score.missing} maps missing'
            lines.append(rf'\multicolumn{{{len(measures) + 1}}}{{l}}{{{note}}} \\')
    return '\n'.join([*lines, r'\end{tabular}', ''])


def escaped(text: str) -> str:
    """Escape what LaTeX does not take for the character itself."""
    special = {'\\': r'\textbackslash{}', '~': r'\textasciitilde{}', '^': r'\textasciicircum{}'}
    special |= {character: f'\\{character}' for character in '&%$#_{}'}
    # Others in LaTeX's old fonts, and what would be an argument of the row's end before it.
    special |= {'<': r'\textless{}', '>': r'\textgreater{}', '|': r'\textbar{}'}
    special |= {character: f'{{{character}}}' for character in '[]*'}
    return ''.join(special.get(character, character) for character in text)
