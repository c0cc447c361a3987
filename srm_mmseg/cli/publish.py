"""Make a trained model one of the zoo: float16 weights, ONNX, and a card with its scores by stage.

``python tools/publish.py CONFIG CHECKPOINT --name mine --out FOLDER ...`` writes
``FOLDER/mine.safetensors``, ``FOLDER/mine.onnx``, the config, if it is not one that comes with the
package, and an entry of ``FOLDER/metafile.yml``; the scores are those of the config's test set. With
``SRM_MMSEG_ZOO=FOLDER`` every command then takes ``mine`` for a model.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from srm_mmseg.engine.arguments import add_config_arguments
from srm_mmseg.terminal import print_any_text


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_config_arguments(parser)
    parser.add_argument('checkpoint', help='path or URL of weights')
    parser.add_argument(
        '--name', required=True, type=plain_name, help='what commands call the model'
    )
    parser.add_argument('--out', required=True, type=Path, help='folder of the zoo to write to')
    card = parser.add_argument_group('what the card says besides')
    card.add_argument('--licence', required=True, help='of the weights')
    card.add_argument(
        '--trained-on', required=True, help='the photographs, and the weights before them'
    )
    card.add_argument('--use', required=True, help='what the model is for')
    return parser.parse_args()


def plain_name(text: str) -> str:
    """Read the name of a model, which becomes those of its files."""
    if not re.fullmatch(r'\w[\w.-]*', text):
        raise argparse.ArgumentTypeError(
            f'expected letters, digits, ., - and _ alone, but got {text!r}'
        )
    return text


def main() -> None:
    print_any_text()
    args = parse_args()
    from srm_mmseg.jobs.publish import run

    run(args)
