"""Write a config with all of its bases as one file to edit, or tell where it is.

``srm-mmseg config srm_r50_duts --out mine.py`` writes a file that needs no other.
``srm-mmseg config srm_r50_duts --path`` prints the path of the config itself.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from srm_mmseg.cli.quiet import quiet
from srm_mmseg.config_names import find_config
from srm_mmseg.file_errors import plain_errors, writing
from srm_mmseg.terminal import print_any_text


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='path or name of a config; srm-mmseg models lists names')
    what = parser.add_mutually_exclusive_group()
    what.add_argument('--out', type=Path, help='new file; the text is printed without it')
    what.add_argument('--path', action='store_true', help='print where the config is')
    return parser.parse_args()


def refuse_existing(path: Path) -> None:
    """Raise a FileExistsError for a file that is there, which somebody may have edited."""
    if path.exists():
        raise FileExistsError(
            f'Expected --out to name a new file, but {str(path)!r} exists. Name another, or remove '
            'it first.'
        )


def main() -> None:
    print_any_text()
    args = parse_args()
    with plain_errors(ImportError):
        path = find_config(args.config)
        if args.path:
            print(path)
            return
        with quiet(False):  # the toolbox prints as it is imported, among the text
            import srm_mmseg.register  # noqa: F401  Comes first: it tells what to install.

            # isort: split
            from srm_mmseg.engine.config_text import whole_text

            text = whole_text(path)
        if args.out is None:
            print(text, end='')
            return
        refuse_existing(args.out)
        with writing(args.out), open(args.out, 'x', encoding='utf-8') as file:
            file.write(text)
    print(args.out)
