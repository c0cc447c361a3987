"""``benchmark.py trunks``: SRM with each trunk that has a config, against two ResNet-50."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

import torch
from torch import nn

from srm_mmseg.cli.benchmarks.measure import in_turn, summary
from srm_mmseg.cli.benchmarks.report import add_output_arguments, add_threads_argument, report
from srm_mmseg.cli.benchmarks.trunk_models import of_config
from srm_mmseg.config_names import config_names, find_config
from srm_mmseg.engine.fast_inference import fast_inference
from srm_mmseg.engine.kept_memory import keep_freed_memory
from srm_mmseg.models.cost import gmac, parameters

FIRST = 'srm_r50_duts_modern'
BASE = 'srm_trunk.py'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--size', type=int, default=353, help='side of the images')
    parser.add_argument('--repeats', type=int, default=5)
    parser.add_argument(
        '--configs', nargs='+', metavar='NAME', help='those of these trunks; all by default'
    )
    add_output_arguments(parser)
    add_threads_argument(parser)


def trunk_configs() -> list[str]:
    """List the configs over the base of trunks, two ResNet-50 first."""
    found = [name for name in config_names() if BASE in Path(find_config(name)).read_text()]
    return sorted(found, key=lambda name: (name != FIRST, name))


def models_of(names: list[str]) -> dict[str, nn.Module]:
    """Build the configs' models; leave out those that need packages that are not here, and say so."""
    built = {}
    for name in names:
        try:
            built[name] = of_config(name)
        except (ImportError, KeyError, RuntimeError) as error:
            print(f'{name} is left out: {str(error).splitlines()[0]}', file=sys.stderr)
    return built


def status(name: str) -> str:
    """Tell whether a config's scores were measured, by its header."""
    header = Path(find_config(name)).read_text().split('_base_')[0]
    return 'not yet trained' if 'ot yet trained' in header else 'trained'


def run(args: argparse.Namespace) -> None:
    """Time the fused models in turn, one image at a time; count on paper."""
    torch.set_num_threads(args.threads)
    keep_freed_memory()
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    models = models_of(args.configs or trunk_configs())
    costs = [(gmac(model, args.size), parameters(model)) for model in models.values()]
    image = torch.randn(1, 3, args.size, args.size, device=device)
    fused = [fast_inference(model.to(device)) for model in models.values()]
    runs = [partial(model, image, mode='tensor') for model in fused]
    with torch.inference_mode():
        times = [summary(seconds) for seconds in in_turn(runs, args.repeats)]
    rows = [
        {
            'config': name,
            'size': args.size,
            'GMAC': multiplications,
            'Mparameters': millions,
            **measured,
            'of_first': measured['median_ms'] / times[0]['median_ms'],
            'status': status(name),
        }
        for name, (multiplications, millions), measured in zip(models, costs, times, strict=True)
    ]
    report(rows, args, 'of_first', f'of the time of {next(iter(models))}')
