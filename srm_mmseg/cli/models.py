"""List the models of the zoo, with their scores, and the configs that come with the package."""

from __future__ import annotations

import argparse

from prettytable import TableStyle

from srm_mmseg.config_names import CONFIGS, config_names, purpose
from srm_mmseg.file_errors import plain_errors
from srm_mmseg.terminal import print_any_text
from srm_mmseg.zoo.score_table import models_table


def main() -> None:
    print_any_text()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.parse_args()
    with plain_errors(KeyError):
        table = models_table()
    table.set_style(TableStyle.PLAIN_COLUMNS)
    print(table, end='\n\n')
    names = config_names()
    width = max(map(len, names))
    for name in names:
        print(f'{name:{width}}  {purpose(CONFIGS / f"{name}.py")}')
