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

from srm_mmseg.apis.backend import Backend
from srm_mmseg.apis.model_choice import DTYPES
from srm_mmseg.device_name import device_name
from srm_mmseg.engine.fast_inference import fast_inference
from srm_mmseg.model_file import open_model
from srm_mmseg.models.decode_heads.srm_head import SRMHead
from srm_mmseg.saliency.map_tensors import foreground_of, image_scores
from srm_mmseg.saliency.stages import chosen_stage


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
        self.device = _device(device)
        model, (height, width), self.stretch = open_model(config, checkpoint)
        refuse_windows(model)
        self.scale = width, height
        self.model = model.to(self.device)
        if dtype is not None:
            fast_inference(self.model, _dtype(dtype))
        self.stage = final_stage(model)
        kind = '' if dtype is None else f', {_dtype(dtype)}'.replace('torch.', '')
        self.runs_on = f'PyTorch{kind} on {device_name(self.device)}'

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
        network, corners = self.scale[::-1], self.model.align_corners
        each = (image_scores(one, network, size, corners) for one in chosen)
        maps = [foreground_of(one, self.stretch) for one in each]
        return (torch.stack(maps) if stages else maps[0][None]).cpu().numpy()


def refuse_windows(model: Any) -> None:
    """Refuse a model that slides a window over images.

    Raises:
        ValueError: If it does.
    """
    if model.test_cfg.get('mode', 'whole') != 'whole':
        raise ValueError(
            f"Expected test_cfg.mode to be 'whole', but got {model.test_cfg.mode!r}. Use "
            'srm-mmseg test for windows that slide.'
        )


def final_stage(model: Any) -> int:
    """Find the index of the stage whose map is the final one; -1 of a head without stages.

    Raises:
        ValueError: If the model has no such stage.
    """
    head = model.decode_head
    if not isinstance(head, SRMHead):
        return -1
    return chosen_stage(model.test_cfg, len(head.in_channels)) - 1


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


def _dtype(name: str | torch.dtype) -> torch.dtype:
    """Look up a type to compute in."""
    short = str(name).removeprefix('torch.')
    if short not in DTYPES:
        raise ValueError(f'Expected dtype to be one of {", ".join(DTYPES)}, but got {name!r}.')
    return getattr(torch, short)
