"""``benchmark.py cost``: what a million photographs cost on this machine, by its price an hour."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from srm_mmseg.cli.benchmarks.folder import from_file_to_file, write_images
from srm_mmseg.cli.benchmarks.report import add_output_arguments, report
from srm_mmseg.zoo.cards import DEFAULT

MILLION = 1_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        '--price',
        type=price,
        nargs='+',
        required=True,
        metavar='NAME=USD',
        help='prices an hour of the machine that the rate is of: what you pay, or what it is offered for',
    )
    parser.add_argument(
        '--rate',
        type=above_zero,
        metavar='IMAGES',
        help='images a second, as infer prints them; measured here, with the model in the box, by '
        'default',
    )
    parser.add_argument(
        '--images', metavar='DIR', help='photographs; 200 generated ones by default'
    )
    add_output_arguments(parser)


def above_zero(text: str) -> float:
    """Read a number."""
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number < float('inf'):
        raise argparse.ArgumentTypeError(f'expected a number above 0, but got {text!r}')
    return number


def price(text: str) -> tuple[str, float]:
    """Read a name and US dollars an hour."""
    name, equals, usd = text.rpartition('=')
    if not name or not equals:
        raise argparse.ArgumentTypeError(f'expected NAME=USD, such as spot=0.03, but got {text!r}')
    return name, above_zero(usd)


def measured(images: str | None) -> float:
    """Run ``infer`` from file to file; images a second."""
    with tempfile.TemporaryDirectory() as folder:
        if images is None:
            images = f'{folder}/images'
            write_images(Path(images), (400, 300), 200)
        return 1000 / from_file_to_file(images, Path(folder, 'out'))[0]


def run(args: argparse.Namespace) -> None:
    """Print hours and US dollars for a million photographs."""
    rate = args.rate or measured(args.images)
    hours = MILLION / rate / 3600
    rows = [
        {
            'price': name,
            'model': 'as given' if args.rate else DEFAULT,
            'USD_an_hour': usd,
            'images_a_second': rate,
            'hours_a_million': hours,
            'USD_a_million': usd * hours,
        }
        for name, usd in args.price
    ]
    report(rows, args, 'USD_a_million', 'US dollars a million photographs')
