"""SRM of a config over ``_base_/models/srm_trunk.py``: of random weights, and of fewer stages."""

from __future__ import annotations

from mmengine.config import Config
from torch import nn

from srm_mmseg.cli.benchmarks.networks import build
from srm_mmseg.config_names import find_config


def of_config(name: str, stages: int = 3, checkpointing: bool = False) -> nn.Module:
    """Build the model of a config.

    Args:
        name: Of the config; its trunks' taps are chosen by stride.
        stages: T, at most as many as it has.
        checkpointing: Let the trunks compute activations anew in the backward pass (``with_cp``).

    Raises:
        ValueError: If its trunks' taps are not chosen by stride.
    """
    model = Config.fromfile(find_config(name)).model
    backbone = model.backbone
    if 'strides' not in backbone:
        raise ValueError(
            f'Expected a config with backbone.strides, such as srm_r50_duts_modern, but got {name!r}.'
        )
    for trunk in (backbone.master, backbone.refinement):
        trunk.init_cfg = None
        if trunk.type == 'TIMMBackbone':
            trunk.pretrained = False
        if checkpointing:
            trunk.with_cp = True
    backbone.strides = backbone.strides[:stages]
    if stages == 1:
        backbone.refinement = None
    model.decode_head.loss_decode.stage_weights = (1.0,) * stages
    return build(model)
