"""The one door to a config's model: built, loaded strictly, with its input size and its stretch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmengine.runner.checkpoint import load_state_dict
from mmseg.registry import MODELS

from srm_mmseg.datasets.leaves import leaves
from srm_mmseg.device_name import log_device
from srm_mmseg.engine.checkpoint import BadCheckpointError, load_checkpoint
from srm_mmseg.engine.config_file import read_config, require
from srm_mmseg.engine.misfits import broken_weights, in_short
from srm_mmseg.evaluation.sod_evaluator import sod_metrics_of


class OpenedModel(NamedTuple):
    """A config's model with its weights.

    Attributes:
        model: The segmentor, in evaluation mode on the CPU.
        size: (H, W) that images are resized to.
        stretch: Whether a run of the test writes maps that are min-max normalised.
    """

    model: Any
    size: tuple[int, int]
    stretch: bool


def open_model(
    config: str | Path | Config,
    checkpoint: str | Path,
    settings: dict[str, Any] | None = None,
    size: tuple[int, int] | None = None,
) -> OpenedModel:
    """Build a config's model and load weights that fit it exactly.

    Args:
        config: A config file, which is Python code that runs, or what was read of one.
        checkpoint: Path or URL of a checkpoint, which cannot run code.
        settings: Settings of a config file to replace, by dotted key.
        size: (H, W) of images; by default what a run of the test resizes them to.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        UnpicklingError: If the checkpoint holds more than weights, plain values and logs.
        ValueError: If the config cannot be used, tells no size, or is not that of the weights.
    """
    if not isinstance(config, Config):
        config = read_config(config, settings)
    require(config, 'model')
    size = size or input_size(config)
    metrics = sod_metrics_of(config.get('test_evaluator') or [])
    stretch = any(metric.get('stretch_maps', False) for metric in metrics)
    return OpenedModel(_loaded(config, str(checkpoint)), size, stretch)


def input_size(config: Config) -> tuple[int, int]:
    """Read the (H, W) that a run of the test resizes images to.

    Raises:
        ValueError: If it does anything else to images, or data sets differ.
    """
    sizes = {_size_of(pipeline) for pipeline in pipelines_of_test(config)}
    if len(sizes) > 1:
        raise ValueError(
            f'Expected one size of images for all data sets of test_dataloader, but got '
            f'{sorted(sizes)}, height and width. Set one scale of Resize in all their pipelines.'
        )
    return sizes.pop()


def pipelines_of_test(config: Config) -> list[list[dict]]:
    """List what a run of the test does to images: a pipeline a data set of ``test_dataloader``.

    A config without data sets has its ``test_pipeline``.
    """
    loader = config.get('test_dataloader') or {}
    pipelines = [one.get('pipeline') for one in leaves(loader.get('dataset'))]
    return [one for one in pipelines if one] or [config.get('test_pipeline') or []]


def load_weights(runner: Runner, checkpoint: str) -> None:
    """Give a runner's model the weights of a checkpoint, by path or URL.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        UnpicklingError: If it holds more than weights, plain values and logs.
        BadCheckpointError: If it cannot be read, or holds no weights or those of another model.
    """
    # Not runner.load_checkpoint: it has EMAHook load as well, which has no model before a run.
    _fill(runner.model, checkpoint)
    runner._has_loaded = True  # nothing else, such as the config's load_from, takes their place
    runner.logger.info(f'Load checkpoint from {checkpoint}')
    log_device(runner.model)


def _size_of(pipeline: list[dict]) -> tuple[int, int]:
    """Read the (H, W) that a pipeline resizes images to."""
    steps = [step for step in pipeline if not step['type'].startswith(('Load', 'Pack'))]
    plain = dict(type='Resize', keep_ratio=False)
    if len(steps) != 1 or {**plain, **steps[0]} != {**plain, 'scale': steps[0].get('scale')}:
        raise ValueError(
            "Expected the test's pipeline (of test_dataloader's data set, or test_pipeline without "
            "one) to load, then dict(type='Resize', scale=(width, height), keep_ratio=False) and "
            f'pack, but got {[dict(step) for step in steps]} between loading and packing. Images '
            'are put together to batches of one size. An export takes the size by --size HxW too.'
        )
    width, height = steps[0]['scale']
    return height, width


def _loaded(config: Config, checkpoint: str) -> Any:
    """Build the model and load the weights."""
    init_default_scope(config.get('default_scope', 'mmseg'))
    model = MODELS.build(config.model)
    _fill(model, checkpoint)
    return model.eval()


def _fill(model: Any, checkpoint: str) -> None:
    """Load weights strictly; refuse those of a training that diverged, whose maps are none."""
    stored = load_checkpoint(checkpoint, 'cpu')
    with _misfits_told(checkpoint):
        load_state_dict(model, stored.get('state_dict', stored), strict=True)
    if broken := broken_weights(model):
        raise BadCheckpointError(
            f'Expected weights that are finite numbers, but those of {checkpoint!r} hold NaN or infinity '
            f'in {broken}: the training diverged. Take an earlier checkpoint, or lower the learning rate.'
        )


@contextmanager
def _misfits_told(checkpoint: str) -> Iterator[None]:
    try:
        yield
    except BadCheckpointError:
        raise
    except AttributeError as error:  # of what is no dict
        raise BadCheckpointError(
            f'Expected weights of the config by their names, but {checkpoint!r} holds none: {error}.'
        ) from error
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        raise BadCheckpointError(
            f'Expected weights of the config, but those of {checkpoint!r} do not fit: '
            f'{in_short(str(error)).rstrip(". ")}. Use the config that they were trained with.'
        ) from error
