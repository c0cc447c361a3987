"""Scores of every stage of a model, and their maps side by side."""

import srm_mmseg.register  # noqa: F401  Comes first: it tells what to install.

# isort: split
import argparse
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.runner import Runner
from prettytable import PrettyTable

from srm_mmseg.datasets.image_file import read_photograph
from srm_mmseg.engine.hooks.save_curves_hook import evaluated_curves
from srm_mmseg.engine.launch import load_config, plain_file_errors
from srm_mmseg.engine.loaders import build_test_loop
from srm_mmseg.engine.preflight import look_for_data
from srm_mmseg.evaluation.curve_plots import save_curve_plots
from srm_mmseg.evaluation.measures import Curves
from srm_mmseg.file_errors import writing
from srm_mmseg.model_file import load_weights
from srm_mmseg.saliency.map_tensors import saliency_of


def score_stages(runner: Runner) -> tuple[dict[str, dict[str, float]], dict[str, Curves]]:
    """Test the model once a stage; its scores and its curves by the stage's name, S1 first."""
    scores, curves = {}, {}
    for stage in range(len(runner.model.decode_head.in_channels)):
        runner.model.test_cfg.stage = stage
        name = f'S{stage + 1}'
        scores[name] = runner.test()
        for data_set, values in evaluated_curves(runner.test_evaluator).items():
            curves[f'{name}, {data_set}'] = values
    return scores, curves


def score_table(scores: dict[str, dict[str, float]]) -> PrettyTable:
    """Lay out the scores, a row a stage."""
    table = PrettyTable(['stage', *next(iter(scores.values()))])
    for stage, values in scores.items():
        table.add_row([stage, *(f'{value:.4f}' for value in values.values())])
    return table


@torch.inference_mode()
def picture_row(runner: Runner, index: int, stages: int) -> list[np.ndarray]:
    """Collect an image (H x W x 3, RGB), its mask and the map of each stage (H x W)."""
    batch = pseudo_collate([runner.test_dataloader.dataset[index]])
    row = []
    for stage in range(stages):
        runner.model.test_cfg.stage = stage
        sample = runner.model.test_step(batch)[0]
        row.append(saliency_of(sample.to_dict()))
    mask = sample.gt_sem_seg.data[0].cpu().numpy() * 255
    return [read_photograph(sample.img_path), mask, *row]


def draw_grid(rows: list[list[np.ndarray]], titles: list[str]) -> Figure:
    """Draw rows of pictures below their titles."""
    figure = Figure(figsize=(1.8 * len(titles), 1.8 * len(rows)), layout='constrained')
    axes = figure.subplots(len(rows), len(titles), squeeze=False)
    for line, row in zip(axes, rows):
        for axis, picture in zip(line, row):
            axis.imshow(picture, cmap='gray', vmin=0, vmax=255)
            axis.set_axis_off()
    for axis, title in zip(axes[0], titles):
        axis.set_title(title)
    return figure


def run(args: argparse.Namespace) -> None:
    """Do what the arguments of the command ask for."""
    config = load_config(args)
    with plain_file_errors(config.work_dir):
        look_for_data(config, 'test')
        compare(config, args)


def compare(config: Config, args: argparse.Namespace) -> None:
    """Test the stages, write the pictures and print the table."""
    runner = Runner.from_cfg(config)
    build_test_loop(runner)
    load_weights(runner, args.checkpoint)
    scores, curves = score_stages(runner)
    count = len(runner.test_dataloader.dataset)
    indices = np.linspace(0, count - 1, min(args.images, count)).astype(int)
    rows = [picture_row(runner, int(index), len(scores)) for index in indices]
    out = args.out or Path(config.work_dir)
    plots = save_curve_plots(curves, out)
    with writing(out / 'stages.png'):
        draw_grid(rows, ['image', 'mask', *scores]).savefig(out / 'stages.png', dpi=100)
    print(score_table(scores), out / 'stages.png', *plots, sep='\n')
