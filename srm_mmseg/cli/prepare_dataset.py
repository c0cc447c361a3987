"""Lay a standard data set out as the configs read it, from its archives or an unpacked folder.

``python tools/prepare_dataset.py NAME SOURCE [SOURCE ...] --out data``

Names are those of ``srm_mmseg/datasets/standard_sets.py``; ``--help`` lists them. Sources are zip, tar
or rar archives (rar with bsdtar or unrar), or folders. Nothing is written unless the number of
pairs is the official one. What was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
from difflib import get_close_matches
from pathlib import Path

from srm_mmseg.datasets.prepare.plan import Plan, make_plan
from srm_mmseg.datasets.prepare.write import list_usable, unusable_pairs, write
from srm_mmseg.datasets.standard_sets import STANDARD_SETS
from srm_mmseg.file_errors import plain_errors, writing
from srm_mmseg.terminal import counted, print_any_text, printable


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('name', type=set_name, metavar='NAME', help=', '.join(STANDARD_SETS))
    parser.add_argument('sources', nargs='+', type=Path, metavar='SOURCE', help='archive or folder')
    parser.add_argument(
        '--out',
        type=Path,
        default=Path(os.environ.get('SOD_DATA') or 'data').expanduser(),
        help='folder of all data sets (SOD_DATA, or data)',
    )
    parser.add_argument('--num-pairs', type=int, help='pairs to expect, if not the official count')
    parser.add_argument('--images', metavar='FOLDER', help='what the source calls the images')
    parser.add_argument('--masks', metavar='FOLDER', help='what the source calls the masks')
    parser.add_argument('--list', action='store_true', help='name every file that is left out')
    return parser.parse_args()


def set_name(text: str) -> str:
    """Find a standard set's name, in any case."""
    names = {name.lower(): name for name in STANDARD_SETS}
    if text.lower() in names:
        return names[text.lower()]
    near = [name for name in names if name.startswith(text.lower())]
    near = near or get_close_matches(text.lower(), names, cutoff=0.5)
    hint = ', '.join(names[name] for name in near) or ', '.join(STANDARD_SETS)
    raise argparse.ArgumentTypeError(f'expected a standard set, but got {text!r}: {hint}?')


def report_left_out(plan: Plan, every: bool) -> None:
    """Say what was left out and why: by reason, with the first few names, or all of them."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in sorted(plan.left_out.items()):
        by_reason.setdefault(reason, []).append(name)
    for reason, names in by_reason.items():
        print(f'left out, {reason}: {len(names)}')
        for name in names if every else names[:5]:
            print(f'  {printable(name)}')
        if len(names) > 5 and not every:
            print('  ... (--list names them all)')


def report_faults(faults: dict[str, str], usable: Path | None) -> None:
    """Name the pairs that cannot be used, and the list of the others."""
    if usable is None:
        return
    pairs = counted(len(faults), 'pair is', 'pairs are')
    print(f'{pairs} of the official set, but cannot be used:')
    for stem, fault in faults.items():
        print(f'  {printable(stem)}: {printable(fault)}')
    print(f'The others are listed: --cfg-options DATALOADER.dataset.ann_file={usable.resolve()}')


def main() -> None:
    print_any_text()
    args = parse_args()
    layout = STANDARD_SETS[args.name]
    if args.num_pairs is not None:
        layout = dataclasses.replace(layout, num_pairs=args.num_pairs)
    root = args.out / layout.root
    with plain_errors(), writing(root):
        plan = make_plan(layout, args.sources, args.images, args.masks)
        report_left_out(plan, args.list)
        written = write(plan, args.sources, root)
        faults = unusable_pairs(plan, root)
        report_faults(faults, list_usable(plan, faults, root / f'usable_{args.name}.txt'))
    unverified = f' ({layout.standing})' if layout.unverified else ''
    print(
        f'{args.name}: {counted(len(plan.pairs), "pair")} in {root}{unverified}; '
        f'{counted(written, "file")} written, {counted(len(plan.targets) - written, "was", "were")} there'
    )
