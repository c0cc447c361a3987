"""Salient object detection with the Stagewise Refinement Model."""

from __future__ import annotations

import argparse
import os
import sys
from difflib import get_close_matches
from importlib import import_module

from srm_mmseg import __version__

COMMANDS = {
    'train': 'train a model',
    'test': 'score a model on a data set, and write its maps',
    'infer': 'draw maps, overlays and cut-outs of photographs and videos',
    'app': 'serve a page that draws the maps of photographs',
    'export': 'write a model as ONNX or TorchScript',
    'publish': 'make a trained model one of the zoo',
    'models': 'list the models of the zoo and the configs that can be named',
    'config': 'write a whole config to edit, or tell where it is',
    'eval-maps': 'score folders of maps, several methods side by side',
    'compare-stages': 'score every stage of a model and draw their maps',
    'score-priors': 'score maps that look at no image: the floor',
    'ablate': 'train configs that differ in one thing, and compare them',
    'plot-log': 'plot losses and scores of training runs',
    'check-dataset': 'find what is wrong with a data set',
    'prepare-dataset': 'lay a standard data set out, from its archives',
    'browse-dataset': 'draw batches as the model sees them',
    'make-toy-dataset': 'write a generated data set',
    'convert-caffe': "convert the authors' Caffe files to weights",
    'benchmark': 'measure speed and memory against alternatives',
    'completion': 'write the completion of this command for bash or zsh',
}
"""What each command does; ``eval-maps`` is ``main()`` of ``srm_mmseg.cli.eval_maps``."""

NEEDED = ('mmseg', 'torch')
"""What a light install lacks; the errors that name these tell how to install them."""


def make_parser() -> argparse.ArgumentParser:
    """Make the parser of what stands before a command's own arguments."""
    width = max(map(len, COMMANDS))
    table = '\n'.join(f'  {name:{width}}  {summary}' for name, summary in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog='srm-mmseg',
        usage='%(prog)s COMMAND ...',
        description=__doc__,
        epilog=f'commands:\n{table}\n\nsrm-mmseg COMMAND --help tells more of each.',
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--version', action='version', version=f'srm-mmseg {__version__}')
    parser.add_argument('command', metavar='COMMAND', help='one of those below')
    parser.add_argument('arguments', nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def main() -> None:
    """Run a command, importing nothing but what it needs.

    The exit code is 2 for arguments that are not understood, else the command's own: 0, or 1 if
    something failed or a fault was found, or 130 if it was interrupted.
    """
    parser = make_parser()
    first = next(iter(sys.argv[1:]), '')
    if first not in (*COMMANDS, '-h', '--help', '--version'):
        close = get_close_matches(first, COMMANDS, n=1)
        meant = f'Did you mean {close[0]}?' if close else f'{parser.prog} --help lists them.'
        parser.error(f'expected a command, but got {first!r}. {meant}')
    args = parser.parse_args()
    sys.argv = [f'{parser.prog} {args.command}', *args.arguments]
    try:
        import_module(f'srm_mmseg.cli.{args.command.replace("-", "_")}').main()
        sys.stdout.flush()
    except ImportError as error:
        if error.name not in NEEDED:
            raise
        sys.exit(f'error: {error}')
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
