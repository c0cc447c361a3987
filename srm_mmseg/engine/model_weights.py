"""Give a model the weights of a checkpoint, which must fit it exactly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmengine.runner.checkpoint import load_state_dict
from mmseg.registry import MODELS

from srm_mmseg.engine.checkpoint import BadCheckpointError, load_checkpoint


def load_model(config: Config, checkpoint: str) -> Any:
    """Build a config's model with the weights of a checkpoint, in evaluation mode on the CPU.

    Args:
        config: What was read of a config file.
        checkpoint: Path or URL of the checkpoint.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        UnpicklingError: If it holds more than weights, plain values and logs.
        BadCheckpointError: If it cannot be read, or holds no weights or those of another model.
    """
    init_default_scope(config.get('default_scope', 'mmseg'))
    model = MODELS.build(config.model)
    stored = load_checkpoint(checkpoint, 'cpu')
    with _misfits_told(checkpoint):
        load_state_dict(model, stored.get('state_dict', stored), strict=True)
    return model.eval()


def load_weights(runner: Runner, checkpoint: str) -> None:
    """Give a runner's model the weights of a checkpoint, by path or URL.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        UnpicklingError: If it holds more than weights, plain values and logs.
        BadCheckpointError: If it cannot be read, or holds no weights or those of another model.
    """
    with _misfits_told(checkpoint):
        runner.load_checkpoint(checkpoint, strict=True)


@contextmanager
def _misfits_told(checkpoint: str) -> Iterator[None]:
    try:
        yield
    except BadCheckpointError:
        raise
    except (AttributeError, KeyError, RuntimeError, TypeError, ValueError) as error:
        raise BadCheckpointError(
            f'Expected weights of the config, but those of {checkpoint!r} do not fit: {error}\n'
            'Use the config that they were trained with.'
        ) from error
