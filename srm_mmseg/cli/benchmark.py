"""Measure speed and memory against the usual alternatives, in one run.

``metrics``: our measures and PySODMetrics'. ``infer``, ``train``, ``memory``: SRM as it is by default,
SRM as the paper draws it, and stock networks of MMSegmentation. ``sizes``: SRM's cost by image size,
stages and batch. ``data``: whether loading keeps up.
"""

from __future__ import annotations

import argparse
import sys

from srm_mmseg.cli.benchmarks import data, infer, memory, metrics, sizes, train
from srm_mmseg.terminal import print_any_text

COMMANDS = {
    'metrics': metrics,
    'infer': infer,
    'train': train,
    'memory': memory,
    'sizes': sizes,
    'data': data,
}


def main() -> None:
    print_any_text()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True, metavar='COMMAND')
    for name, module in COMMANDS.items():
        summary = str(module.__doc__).splitlines()[0].partition(': ')[2]
        command = commands.add_parser(name, help=summary)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    args = parser.parse_args()
    try:
        args.run(args)
    except (OSError, ValueError) as error:
        sys.exit(f'error: {error}')
