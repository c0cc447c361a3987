"""Measure speed and memory against the usual alternatives, in one run.

``metrics``: our measures and PySODMetrics'. ``infer``, ``train``, ``memory``: SRM by the fast path,
SRM as the paper draws it, and stock networks of MMSegmentation; ``infer --peers``: SRM and networks
of the field on several engines. ``profile``: where a training step's time goes. ``sizes``: SRM's
cost by image size, stages and batch. ``trunks``: SRM with each trunk that has a config. ``data``:
whether loading keeps up. ``folder``: a model over a folder, from file to file and by step. ``cost``:
what a million photographs cost, by the machine's price an hour.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from srm_mmseg.terminal import print_any_text

COMMANDS = (
    'metrics',
    'infer',
    'train',
    'profile',
    'memory',
    'sizes',
    'trunks',
    'data',
    'folder',
    'cost',
)


def main() -> None:
    print_any_text()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('what', choices=COMMANDS, help='what to measure; it has flags of its own')
    parser.add_argument('arguments', nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    chosen, _ = parser.parse_known_args()
    module = import_module(f'srm_mmseg.cli.benchmarks.{chosen.what}')
    command = argparse.ArgumentParser(
        prog=f'{parser.prog} {chosen.what}',
        description=str(module.__doc__).splitlines()[0].partition(': ')[2],
    )
    module.add_arguments(command)
    args = command.parse_args(chosen.arguments)
    try:
        module.run(args)
    except (OSError, ValueError) as error:
        sys.exit(f'error: {error}')
