"""A model of MMSegmentation, from its config and its weights, behind arrays."""

from __future__ import annotations

import srm_mmseg.register  # noqa: F401  Comes first: it tells what to install.

# isort: split
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from torch import Tensor

from srm_mmseg.apis.arguments import DTYPES
from srm_mmseg.apis.backend import Backend
from srm_mmseg.engine.config_file import read_config, require
from srm_mmseg.engine.fast_inference import fast_inference
from srm_mmseg.engine.model_weights import load_model
from srm_mmseg.evaluation.sod_evaluator import sod_metrics_of
from srm_mmseg.saliency.map_tensors import foreground_of, resized


class TorchBackend(Backend):
    """Computes what ``tools/test.py --out`` writes, of batches.

    Args:
        config: A config file, which is Python code that runs, or what was read of one.
        checkpoint: Path or URL of a checkpoint, which cannot run code; it must fit the model exactly.
        device: As of PyTorch; 'auto' is the first GPU, or the CPU without one.
        dtype: To compute in, by name or as a ``torch.dtype``, with the weights folded and packed by
            :func:`~srm_mmseg.engine.fast_inference.fast_inference`. None leaves the model as in
            testing.

    Raises:
        FileNotFoundError: If there is no such file.
        UnpicklingError: If the checkpoint holds more than weights, plain values and logs.
        ValueError: If the config, the weights, the device or the dtype are not what is needed.
    """

    def __init__(
        self,
        config: str | Path | Config,
        checkpoint: str | Path,
        device: str | torch.device = 'auto',
        dtype: str | torch.dtype | None = None,
    ) -> None:
        if not isinstance(config, Config):
            config = read_config(config)
            require(config, 'model')
        self.scale = scale_of(config.get('test_pipeline', ()))
        self.device = _device(device)
        self.stretch = _stretches(config)
        self.model = build_model(config, str(checkpoint)).to(self.device)
        if dtype is not None:
            fast_inference(self.model, _dtype(dtype))
        self.stage = self.model.test_cfg.get('stage', -1)

    @torch.inference_mode()
    def __call__(self, images: np.ndarray) -> Sequence[tuple[Tensor, ...]]:
        """Run the network.

        Args:
            images: BGR, shape N x H x W x 3, uint8.

        Returns:
            For each image its stages' logits, each 1 x C x h x w on the model's device.
        """
        tensors = [torch.from_numpy(image.transpose(2, 0, 1)) for image in images]
        inputs = self.model.data_preprocessor(dict(inputs=tensors), False)['inputs']
        logits = self.model.decode_head(self.model.extract_feat(inputs))
        stages = logits if isinstance(logits, list | tuple) else [logits]
        return list(zip(*(stage.float().split(1) for stage in stages)))

    @torch.inference_mode()
    def maps(
        self, scores: Sequence[Tensor], size: tuple[int, int], stages: bool = False
    ) -> np.ndarray:
        """Resize an image's maps.

        Args:
            scores: An image's.
            size: Height and width of the maps.
            stages: Whether to give all stages, or the one that ``test_cfg.stage`` chooses.

        Returns:
            The foreground's probability, float32, (T or 1) x height x width.
        """
        chosen = scores if stages else [scores[self.stage]]
        maps = [foreground_of(self._resized(one, size), self.stretch) for one in chosen]
        return (torch.stack(maps) if stages else maps[0][None]).cpu().numpy()

    def _resized(self, logits: Tensor, size: tuple[int, int]) -> Tensor:
        """Resize scores as the toolbox does: to the network's size, then to the image's; C x H x W."""
        width, height = self.scale
        for target, align_corners in (
            ((height, width), self.model.decode_head.align_corners),
            (size, self.model.align_corners),
        ):
            logits = resized(logits, target, align_corners)
        return logits[0] if logits.shape[1] > 1 else logits[0].sigmoid()


def build_model(config: Config, checkpoint: str) -> Any:
    """Build a config's model with the weights of a checkpoint, in evaluation mode.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        UnpicklingError: If the checkpoint holds more than weights, plain values and logs.
        ValueError: If it holds no weights or those of another model, or the model slides a window.
    """
    model = load_model(config, checkpoint)
    if model.test_cfg.get('mode', 'whole') != 'whole':
        raise ValueError(
            f"Expected test_cfg.mode to be 'whole', but got {model.test_cfg.mode!r}. Use "
            'tools/test.py for windows that slide.'
        )
    return model


def scale_of(pipeline: Sequence[dict]) -> tuple[int, int]:
    """Read the width and height that a test pipeline resizes to.

    Raises:
        ValueError: If it does anything else to images.
    """
    steps = [step for step in pipeline if not step['type'].startswith(('Load', 'Pack'))]
    plain = dict(type='Resize', keep_ratio=False)
    if len(steps) != 1 or {**plain, **steps[0]} != {**plain, 'scale': steps[0].get('scale')}:
        raise ValueError(
            "Expected test_pipeline to load, then dict(type='Resize', scale=(width, height), "
            f'keep_ratio=False) and pack, but got {[dict(step) for step in steps]} between loading '
            'and packing. Images are put together to batches of one size.'
        )
    width, height = steps[0]['scale']
    return width, height


def _device(name: str | torch.device) -> torch.device:
    """Look up a device that can be computed on."""
    if name == 'auto':
        name = 'cuda' if torch.cuda.is_available() else 'cpu'
    try:
        return torch.zeros(1, device=name).device
    except (AssertionError, RuntimeError) as error:  # without CUDA PyTorch raises the former
        reason = str(error).partition('\n')[0]
        raise ValueError(
            f"Expected device to be 'auto', 'cpu' or a GPU of this machine such as 'cuda', but got "
            f"{str(name)!r}: {reason}. Use 'auto', which takes a GPU if there is one."
        ) from error


def _stretches(config: Config) -> bool:
    """Tell whether the config's test writes maps that are min-max normalised."""
    metrics = sod_metrics_of(config.get('test_evaluator') or [])
    return any(metric.get('stretch_maps', False) for metric in metrics)


def _dtype(name: str | torch.dtype) -> torch.dtype:
    """Look up a type to compute in."""
    short = str(name).removeprefix('torch.')
    if short not in DTYPES:
        raise ValueError(f'Expected dtype to be one of {", ".join(DTYPES)}, but got {name!r}.')
    return getattr(torch, short)
