"""Pictures of batches as the model sees them."""

import srm_mmseg.register  # noqa: F401  Comes first: it tells what to install.

# isort: split
import argparse
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import torch
from matplotlib.figure import Figure
from mmengine.model import BaseDataPreprocessor
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from tqdm import tqdm

from srm_mmseg.engine.launch import load_config, plain_file_errors
from srm_mmseg.evaluation.figure_text import fonts_for, legend_names
from srm_mmseg.file_errors import writing
from srm_mmseg.terminal import counted


def displayable(
    image: torch.Tensor, preprocessor: BaseDataPreprocessor, is_rgb: bool
) -> np.ndarray:
    """Take normalisation, if any, back: 3 x H x W to RGB, H x W x 3, uint8."""
    if hasattr(preprocessor, 'mean'):
        image = image * preprocessor.std.cpu() + preprocessor.mean.cpu()
    channels = image if is_rgb else image.flip(0)
    return channels.permute(1, 2, 0).round().clamp(0, 255).byte().numpy()


def outlined(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Draw the object's outline, of a mask of the same size, H x W, over an image."""
    objects = (mask == 1).astype(np.uint8)
    contours = cv2.findContours(objects, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)[0]
    return cv2.drawContours(image.copy(), contours, -1, (255, 0, 0), max(1, len(image) // 150))


def shades(mask: np.ndarray) -> np.ndarray:
    """Show an object white, the rest black, and what the loss leaves out grey, as beside a turned image."""
    return np.where(mask > 1, 0.5, mask)


def draw_batch(images: list[np.ndarray], samples: list[SegDataSample]) -> Figure:
    """Draw a column a sample: its name and size, the image with the mask's outline, the mask."""
    figure = Figure(figsize=(2.4 * len(images), 5), layout='constrained')
    axes = figure.subplots(2, len(images), squeeze=False)
    for (above, below), image, sample in zip(axes.T, images, samples):
        mask = sample.gt_sem_seg.data[0].byte().numpy()
        same_size = cv2.resize(mask, image.shape[1::-1], interpolation=cv2.INTER_NEAREST)
        above.imshow(outlined(image, same_size))
        [name] = legend_names([Path(sample.img_path).name])
        size = f'{image.shape[1]}x{image.shape[0]}'
        above.set_title(f'{name}\n{size}', size=8, parse_math=False)
        below.imshow(shades(mask), cmap='gray', vmin=0, vmax=1)
        below.set_title(f'mask {mask.shape[1]}x{mask.shape[0]}', size=8)
        for axis in (above, below):
            axis.set_axis_off()
    return figure


def run(args: argparse.Namespace) -> None:
    """Do what the arguments of the command ask for."""
    needs = ('model.data_preprocessor', f'{args.split}_dataloader.dataset')
    config = load_config(args, needs=needs)
    init_default_scope(config.get('default_scope', 'mmseg'))
    settings = config.model.data_preprocessor
    out = args.out or Path(config.work_dir)
    with plain_file_errors(out):
        preprocessor = MODELS.build(settings)
        is_rgb = settings.get('bgr_to_rgb') or settings.get('rgb_to_bgr')  # exchanged after loading
        out.mkdir(parents=True, exist_ok=True)
        loader = Runner.build_dataloader(config[f'{args.split}_dataloader'], seed=0)
        drawn = min(args.batches, len(loader))
        for index, batch in enumerate(tqdm(islice(loader, drawn), total=drawn, unit='batch')):
            data = preprocessor(batch, training=args.split == 'train')
            images = [displayable(image.cpu(), preprocessor, is_rgb) for image in data['inputs']]
            path = out / f'{args.split}_{index}.png'
            names = (Path(sample.img_path).name for sample in data['data_samples'])
            with writing(path), fonts_for(names):
                draw_batch(images, data['data_samples']).savefig(path, dpi=100)
    print(f'{counted(drawn, "picture")}: {out}/{args.split}_*.png')
