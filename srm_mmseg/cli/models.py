"""List the configs that come with the package, by the names that every command takes."""

from __future__ import annotations

import argparse

from srm_mmseg.config_names import CONFIGS, config_names, purpose
from srm_mmseg.terminal import print_any_text


def main() -> None:
    print_any_text()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.parse_args()
    names = config_names()
    width = max(map(len, names))
    for name in names:
        print(f'{name:{width}}  {purpose(CONFIGS / f"{name}.py")}')
