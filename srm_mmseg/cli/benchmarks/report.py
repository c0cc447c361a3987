"""What is made of measurements: a table, a JSON file and a bar chart."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import sys
from pathlib import Path

from matplotlib.figure import Figure
from prettytable import PrettyTable


def add_output_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags that all commands share."""
    parser.add_argument('--json', type=Path, metavar='FILE', help='write the rows and the hardware')
    parser.add_argument('--plot', type=Path, metavar='PNG', help='draw what counts as bars')


def add_threads_argument(parser: argparse.ArgumentParser) -> None:
    """Add the flag of commands that run networks."""
    parser.add_argument('--threads', type=int, default=os.cpu_count(), help='CPU threads (all)')


def add_networks_argument(parser: argparse.ArgumentParser) -> None:
    """Add the flag of commands that compare with stock networks."""
    parser.add_argument('--only-srm', action='store_true', help='leave the stock networks out')


def hardware() -> dict[str, str]:
    """Tell what the numbers were measured on."""
    cpu = platform.processor() or platform.machine()
    info = Path('/proc/cpuinfo')
    if info.exists():
        lines = (line for line in info.read_text().splitlines() if line.startswith('model name'))
        cpu = next(lines, f': {cpu}').partition(':')[2].strip()
    found = {'date': datetime.date.today().isoformat(), 'cpu': cpu}
    torch = sys.modules.get('torch')
    if torch is None:  # what was measured does without
        return found | {'threads': str(os.cpu_count())}
    return found | {
        'threads': str(torch.get_num_threads()),
        'gpu': torch.cuda.get_device_name() if torch.cuda.is_available() else 'none',
        'torch': torch.__version__,
    }


def report(rows: list[dict], args: argparse.Namespace, drawn: str, label: str) -> None:
    """Print a table, and write what the flags ask for.

    Args:
        rows: Of the same columns; the first two name a row.
        args: The flags of :func:`add_output_arguments`.
        drawn: The column to draw.
        label: What it is.
    """
    table = PrettyTable([*rows[0]])
    table.align = 'r'
    table.align[next(iter(rows[0]))] = 'l'
    for row in rows:
        cells = (f'{value:.2f}' if isinstance(value, float) else value for value in row.values())
        table.add_row([*cells])
    print(table, ', '.join(f'{key}: {value}' for key, value in hardware().items()), sep='\n')
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps({'hardware': hardware(), 'rows': rows}, indent=2) + '\n')
    if args.plot:
        args.plot.parent.mkdir(parents=True, exist_ok=True)
        draw_bars(rows, drawn, label).savefig(args.plot, dpi=150)


def draw_bars(rows: list[dict], drawn: str, label: str) -> Figure:
    """Draw a column as horizontal bars."""
    name, group, *_ = rows[0]
    figure = Figure(figsize=(6, 0.6 + 0.28 * len(rows)), layout='constrained')
    axes = figure.subplots()
    names = [f'{row[name]} ({group} {row[group]})' for row in rows]
    others = ('PSPNet', 'FCN', 'DeepLab', 'MobileNetV2', 'U2-Net', 'F3Net', 'EDN-Lite')
    colours = ['#999999' if row[name].startswith(others) else '#0072B2' for row in rows]
    bars = axes.barh(names, [row[drawn] for row in rows], color=colours)
    axes.bar_label(bars, fmt='%.2f', padding=2, fontsize=7)
    axes.axvline(1, color='black', linewidth=0.5, zorder=0)
    axes.margins(x=0.12, y=0.01)
    axes.invert_yaxis()
    axes.tick_params(labelsize=7)
    axes.set_xlabel(label, fontsize=8)
    return figure
