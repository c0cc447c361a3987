"""Check a data set: what makes training or scores wrong is a fault, what is worth knowing a note.

``python tools/check_dataset.py CONFIG`` checks the sets that a config trains, validates and tests
on, and looks for test pictures among the training pictures; ``--images DIR --masks DIR`` checks one
set. The exit code is 1 when there is a fault. Nothing in the source is changed.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from pathlib import Path

import cv2

from srm_mmseg.datasets.checks.clean_copy import clean_targets, write_clean
from srm_mmseg.datasets.checks.folders import SetFolders, set_of_folders
from srm_mmseg.datasets.checks.html_report import html_report
from srm_mmseg.datasets.checks.json_report import json_report
from srm_mmseg.datasets.checks.output_places import make_report_folders
from srm_mmseg.datasets.checks.set_check import check_sets
from srm_mmseg.datasets.checks.text_report import text_report
from srm_mmseg.engine.kept_memory import keep_freed_memory
from srm_mmseg.engine.settings import add_settings_argument
from srm_mmseg.file_errors import plain_errors, write_text, writing
from srm_mmseg.terminal import print_any_text


def parse_args() -> argparse.Namespace:
    defaults = SetFolders._field_defaults
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', nargs='?', help='config file, unless folders are given')
    add_settings_argument(parser)
    parser.add_argument('--images', metavar='DIR', help='folder of images')
    parser.add_argument('--masks', metavar='DIR', help='folder of masks')
    parser.add_argument('--list', default='', metavar='FILE', help='stems of a part of the set')
    parser.add_argument(
        '--image-suffix', nargs='+', default=defaults['image_suffixes'], metavar='SUFFIX'
    )
    parser.add_argument(
        '--mask-suffix', nargs='+', default=defaults['mask_suffixes'], metavar='SUFFIX'
    )
    parser.add_argument(
        '--empty-masks', action='store_true', help='black masks are no fault: nothing is salient'
    )
    parser.add_argument(
        '--fix',
        type=Path,
        metavar='OUT',
        help='OUT.txt: write the stems without a fault; another name: copy their files to a folder',
    )
    parser.add_argument('--json', type=Path, metavar='FILE', help='all faults and notes')
    parser.add_argument('--html', type=Path, metavar='FILE', help='a report with pictures')
    parser.add_argument('--jobs', type=int, default=os.cpu_count(), help='threads (all cores)')
    args = parser.parse_args()
    if (args.config is None) == (args.images is None) or (args.images is None) != (
        args.masks is None
    ):
        parser.error('expected either a config, or both --images and --masks')
    if args.jobs < 1:
        parser.error(f'argument --jobs: expected 1 or more, but got {args.jobs}')
    return args


def sets_to_check(args: argparse.Namespace) -> list[SetFolders]:
    """List the sets that the arguments name."""
    if args.config:
        return sets_of_file(args.config, args.cfg_options)
    suffixes = args.image_suffix, args.mask_suffix
    return [set_of_folders(args.images, args.masks, *suffixes, args.list, args.empty_masks)]


def sets_of_file(config: str, settings: dict) -> list[SetFolders]:
    """List the sets of a config, for which alone the toolbox is needed."""
    import srm_mmseg.register  # noqa: F401  Comes first: it tells what to install.

    # isort: split
    from srm_mmseg.datasets.checks.config_sets import sets_of_config
    from srm_mmseg.engine.config_file import read_config
    from srm_mmseg.engine.plain_errors import plain_file_errors

    with plain_file_errors():
        return sets_of_config(read_config(config, settings))


def main() -> None:
    print_any_text()
    args = parse_args()
    warnings.filterwarnings('ignore', module='PIL')  # what it warns of is among the findings
    cv2.setNumThreads(1)  # pairs are checked side by side instead
    keep_freed_memory()
    with plain_errors(ImportError):
        sets = sets_to_check(args)
        targets = clean_targets(args.fix, sets) if args.fix else []
        make_report_folders(filter(None, (args.json, args.html)), sets)
    reports, findings = check_sets(sets, args.jobs)
    print(text_report(reports, findings))
    with plain_errors():
        if args.json:
            write_text(json_report(reports, findings), args.json)
        if args.html:
            write_text(html_report(reports, findings), args.html)
        if args.fix:
            with writing(args.fix):
                lines = write_clean(reports, findings, targets)
            print('\n'.join(lines))
    sys.exit(any(finding.is_fault for finding in findings))
