from srm_mmseg.evaluation.latex_table import escaped, latex_table
from srm_mmseg.evaluation.map_folder import FolderScore


def score(mae, sm, missing=0):
    return FolderScore(dict(MAE=mae, Sm=sm), None, 9, missing, 0)


def test_the_best_of_each_column_is_bold_and_what_is_missing_is_said():
    scores = {'a_b': score(0.1, 0.8), 'c': score(0.2, 0.9, missing=1)}
    lines = latex_table(scores, ['MAE', 'Sm'], 'as agreed').splitlines()
    assert lines[0] == r'% as agreed; needs \usepackage{booktabs}'
    assert lines[5:7] == [r'a\_b & \textbf{0.100} & 0.800 \\', r'c & 0.200 & \textbf{0.900} \\']
    assert r'\multicolumn{3}{l}{c: 1 of 10 maps missing} \\' in lines


def test_names_are_escaped_for_latex():
    assert escaped(r'a_b\100%') == r'a\_b\textbackslash{}100\%'
    assert escaped('&$#{}~^') == r'\&\$\#\{\}\textasciitilde{}\textasciicircum{}'
    assert escaped('[1]*<x>|') == r'{[}1{]}{*}\textless{}x\textgreater{}\textbar{}'
