"""Configs that differ in one thing, each trained with several seeds."""

import srm_mmseg.register  # noqa: F401  Comes first: it tells what to install.

# isort: split
import argparse
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from tqdm import tqdm

from srm_mmseg.ablation.chart import save_chart
from srm_mmseg.ablation.report import markdown, page, rows_table
from srm_mmseg.ablation.rows import FOLDER, ROWS
from srm_mmseg.ablation.runs import Run, of_row, read_runs, with_run, write_runs
from srm_mmseg.config_names import find_config, heading, purpose
from srm_mmseg.engine.config_file import read_config
from srm_mmseg.evaluation.training_log import read_curves
from srm_mmseg.file_errors import plain_errors, write_text
from srm_mmseg.models.cost import gmac, parameters

COUNT = (
    'model',
    'train_dataloader',
    'val_dataloader',
    'val_evaluator',
    'train_cfg',
    'optim_wrapper',
    'param_scheduler',
    'custom_hooks',
    'load_from',
)
"""What changes weights or scores."""
SIZE = 353  # pixels, of the image whose multiplications are counted
LINES = 15  # of a log, that tell why a training failed


def digest(config: Config) -> str:
    """Tell a config by what changes weights or scores, wherever its data lies."""
    settings = {key: without_roots(config.get(key)) for key in COUNT}
    text = json.dumps(settings, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def without_roots(value: Any) -> Any:
    """Leave out the folders of data, at any depth."""
    if isinstance(value, dict):
        return {key: without_roots(value[key]) for key in value if key != 'data_root'}
    return [without_roots(each) for each in value] if isinstance(value, (list, tuple)) else value


def claim(folder: Path, config: str) -> None:
    """Make a run's folder, or go on in it if it is of this config.

    Args:
        folder: Of the run.
        config: Digest of the config.

    Raises:
        ValueError: If it is of another config, or does not say of which.
    """
    note = folder / 'config_digest.txt'
    known = note.read_text().strip() if note.exists() else None
    if known != config and any(folder.glob('*.pth')):
        raise ValueError(
            f'Expected {str(folder)!r} to hold a run of the config as it is now ({config}), but '
            f'{note.name} says {known}. Remove the folder to train it anew, or undo the change.'
        )
    write_text(f'{config}\n', note)


def train(config: str, seed: int, folder: Path) -> None:
    """Train in a process of its own, from where it stopped the last time.

    Raises:
        ValueError: If it fails; it ends with the last lines of its log.
    """
    command = [sys.executable, '-m', 'srm_mmseg', 'train', config, '--work-dir', str(folder)]
    command += ['--resume', '--cfg-options', f'randomness.seed={seed}']
    log = folder / 'output.log'
    with log.open('a') as file:
        code = subprocess.run(command, stdout=file, stderr=subprocess.STDOUT).returncode
    if code:
        tail = '\n'.join(log.read_text('utf-8', 'replace').splitlines()[-LINES:])
        raise ValueError(
            f'Expected {" ".join(command)} to end well, but its exit code is {code}; {log} ends '
            f'with:\n{tail}'
        )


def stage_scores(folder: Path) -> dict[str, dict[str, float]]:
    """Read the scores of the last validation: stage -> measure -> score.

    Raises:
        ValueError: If stages were not scored.
    """
    scores: dict[str, dict[str, float]] = {}
    for name, points in read_curves(folder)[1].items():
        stage, _, measure = name.rpartition('/')
        if stage:
            scores.setdefault(stage, {})[measure] = round(points[-1][1], 4)
    if not scores or not all(stage[0] == 'S' and stage[1:].isdecimal() for stage in scores):
        raise ValueError(
            f'Expected scores S1/MAE, ... of one data set in the log of {str(folder)!r}, but got '
            f'{[*scores]}. Set val_evaluator=dict(type="SODMetric", stages=True), on one data set.'
        )
    return scores


def run_once(config_path: str, seed: int, work_dir: Path) -> Run:
    """Train a config with a seed, and collect what it costs and scores."""
    row, config = Path(config_path).stem, read_config(config_path)
    folder = work_dir / f'{row}-seed{seed}'
    claim(folder, digest(config))
    train(config_path, seed, folder)
    init_default_scope('mmseg')
    model = MODELS.build(config.model)
    return Run(
        row,
        seed,
        digest(config),
        round(gmac(model, SIZE), 4),
        round(parameters(model), 4),
        stage_scores(folder),
    )


def rows_of(configs: Sequence[str]) -> dict[str, str]:
    """Find the configs, by the names of their rows.

    Raises:
        ValueError: If there is none of a name, or two are of one name.
    """
    paths: dict[str, str] = {}
    for config in configs:
        path = find_config(config)
        other = paths.setdefault(Path(path).stem, path)
        if other != path:
            raise ValueError(
                f'Expected rows of different names, but got {other!r} and {path!r}. Rename one.'
            )
    return paths


def refuse_other_configs(runs: list[Run], paths: dict[str, str], file: Path) -> None:
    """Refuse to put runs of a config that has changed beside new ones.

    Raises:
        ValueError: If there are some; it names the row.
    """
    for row, path in paths.items():
        now = digest(read_config(path))
        if any(run.config != now for run in of_row(runs, row)):
            raise ValueError(
                f'Expected the runs of {row} in {str(file)!r} to be of {path!r} as it is now, but it '
                'has changed since. Take their lines out of the file, and their folders out of the '
                'work folder, to train it anew; or undo the change.'
            )


def refuse_unscored(paths: Iterable[str]) -> None:
    """Refuse configs that do not score every stage, before they are trained.

    Raises:
        ValueError: If there is one; it names the file.
    """
    for path in paths:
        evaluators = read_config(path).get('val_evaluator')
        evaluators = evaluators if isinstance(evaluators, list) else [evaluators]
        if not any(each and each.get('stages') for each in evaluators):
            raise ValueError(
                f'Expected {path!r} to score every stage, but got val_evaluator={evaluators}. Set '
                'val_evaluator=dict(type="SODMetric", stages=True).'
            )


def run(args: argparse.Namespace) -> None:
    """Do what the arguments of the command ask for."""
    file = args.json or args.work_dir / 'ablation.json'
    with plain_errors():
        paths = rows_of(args.configs or [str(FOLDER / f'{row}.py') for row in ROWS])
        refuse_unscored(paths.values())
        refuse_other_configs(read_runs(file), paths, file)
        try:
            train_all(paths, args.seeds, args.work_dir, file)
        except KeyboardInterrupt:
            print('interrupted: the same command goes on', file=sys.stderr)
            sys.exit(130)
        report(read_runs(file), paths, args.report or args.work_dir / 'ablation.md')


def train_all(paths: dict[str, str], seeds: Sequence[int], work_dir: Path, file: Path) -> None:
    """Train each row with each seed that the file has no run of.

    The file is read again after each run: another command may add to it meanwhile.
    """
    done = {(run.row, run.seed) for run in read_runs(file)}
    wanted = [(row, seed) for seed in seeds for row in paths if (row, seed) not in done]
    for row, seed in (bar := tqdm(wanted, unit='run', disable=not wanted)):
        bar.set_description(f'{row}, seed {seed}')
        new = run_once(paths[row], seed, work_dir)
        write_runs(with_run(read_runs(file), new), file)


def introduction(path: str) -> str:
    """Read what a config is for and, as code, the command in its heading."""
    lines = heading(path).splitlines()
    text = ' '.join(line for line in lines if not line.startswith('  '))
    commands = [f'`{line.strip()}`' for line in lines if line.startswith('  ')]
    return '\n\n'.join([text, *commands])


def report(runs: list[Run], paths: dict[str, str], path: Path) -> None:
    """Write the page and its picture, and print the table of rows."""
    titles = {row: purpose(config) for row, config in paths.items() if of_row(runs, row)}
    if not titles:
        raise ValueError(f'Expected a run of {", ".join(paths)}, but there is none. Give --seeds.')
    picture = path.parent / 'images/ablation.png'
    intro = introduction(paths[next(iter(titles))])
    write_text(page(runs, titles, intro, picture.relative_to(path.parent).as_posix()), path)
    save_chart(runs, [*titles], picture)
    print(markdown(rows_table(runs, titles)), path, picture, sep='\n')
