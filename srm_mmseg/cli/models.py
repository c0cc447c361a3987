"""List the models of the zoo, with their scores, and the configs that come with the package."""

from __future__ import annotations

import argparse

from srm_mmseg.config_names import CONFIGS, config_names, purpose
from srm_mmseg.file_errors import plain_errors
from srm_mmseg.terminal import print_any_text
from srm_mmseg.zoo.score_table import models_text


def main() -> None:
    print_any_text()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.parse_args()
    with plain_errors(KeyError):
        models = models_text()
    print(models, end='\n\n')
    names = config_names()
    width = max(map(len, names))
    for name in names:
        print(f'{name:{width}}  {purpose(CONFIGS / f"{name}.py")}')
