"""Say which device runs."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.logging import print_log


def device_name(device: torch.device) -> str:
    """Name a device with its hardware."""
    if device.type != 'cuda':
        return str(device)
    return f'{device} ({torch.cuda.get_device_name(device)})'


def log_device(model: Any) -> None:
    """Log in a line what a run's model computes on; an exported file says it itself."""
    runs_on = getattr(model, 'runs_on', None)
    print_log(f'device: {runs_on or device_name(next(model.parameters()).device)}', 'current')
