"""Mixed precision without a GPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.optim import OptimWrapper
from mmengine.registry import OPTIM_WRAPPERS
from torch import nn


@OPTIM_WRAPPERS.register_module()
class CPUAmpOptimWrapper(OptimWrapper):
    """Computes forward passes in bfloat16 where PyTorch holds it safe, on a CPU.

    MMEngine's ``AmpOptimWrapper`` refuses CPUs. Weights, gradients and the optimizer stay in float32.
    bfloat16 has the exponents of float32, so that losses need no scale. It is faster than float32 on
    CPUs that multiply bfloat16 (AMX, AVX512-BF16) alone. Arguments are those of ``OptimWrapper``.

    Example:
        >>> model = nn.Linear(3, 1)
        >>> wrapper = CPUAmpOptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1))
        >>> with wrapper.optim_context(model):
        ...     loss = model(torch.ones(2, 3)).sum()
        >>> loss.dtype, model.weight.dtype
        (torch.bfloat16, torch.float32)
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Compute a forward pass in bfloat16, and gather gradients as ``OptimWrapper`` does."""
        with super().optim_context(model), torch.autocast('cpu', torch.bfloat16):
            yield

    def load_state_dict(self, state_dict: dict) -> None:
        """Load a state, that of a run on a GPU too, whose loss scale is left out."""
        super().load_state_dict({k: v for k, v in state_dict.items() if k != 'loss_scaler'})
