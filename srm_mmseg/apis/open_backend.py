"""Open a model, importing no more than it needs."""

from __future__ import annotations

from pathlib import Path

from srm_mmseg.apis.backend import Backend
from srm_mmseg.apis.cache_folder import cache_folder
from srm_mmseg.apis.model_choice import ModelChoice
from srm_mmseg.config_names import find_config

SUFFIXES = ('.onnx', '.xml', '.pt')
"""How names of exported files end."""


def open_backend(choice: ModelChoice, batch_size: int = 1) -> Backend:
    """Open a model by the engine that the choice says.

    Args:
        choice: Of files.
        batch_size: Images of a call: several are computed side by side on a CPU.

    Raises:
        FileNotFoundError: If there is no such file.
        ImportError: If MMSegmentation or the engine is missing.
        UnpicklingError: If the checkpoint could run code.
        ValueError: If the files, the device, the dtype or the precision are not what is needed.
    """
    path, suffix = str(choice.config), Path(choice.config).suffix.lower()
    if choice.checkpoint is not None and suffix in SUFFIXES:
        raise ValueError(
            f'Expected no checkpoint for the exported model {path!r}, which has its weights, but got '
            f'{str(choice.checkpoint)!r}. Leave it out.'
        )
    if suffix == '.bin':
        raise ValueError(
            f'Expected the .xml of an IR of OpenVINO, but got its weights, {path!r}. Name the other.'
        )
    if choice.checkpoint is None and suffix not in SUFFIXES:
        find_config(choice.config)
        raise ValueError(
            f'Expected a checkpoint for the config {path!r}, or in its place an exported '
            f"model, '*.onnx', '*.xml' or '*.pt'."
        )
    if choice.checkpoint is not None or suffix == '.pt':
        _refuse(choice.precision, f'--precision, which is for OpenVINO, not for {path!r}')
        return _of_torch(choice)
    _refuse(choice.dtype, f'dtype, which is for PyTorch, not for the exported model {path!r}')
    if suffix == '.xml' or choice.is_for_openvino:
        return _of_openvino(choice, batch_size)
    from srm_mmseg.apis.onnx_backend import OnnxBackend

    return OnnxBackend(path, choice.device, throughput=batch_size > 1)


def _refuse(given: object, what: str) -> None:
    """Refuse what the engine that runs the model does not take."""
    if given is not None:
        raise ValueError(f'Expected no {what}, but got {given!r}. Leave it out.')


def _of_torch(choice: ModelChoice) -> Backend:
    """Open a config with its weights, or a TorchScript file."""
    if choice.checkpoint is not None:
        from srm_mmseg.apis.torch_backend import TorchBackend

        return TorchBackend(choice.config, choice.checkpoint, choice.device, choice.dtype)
    from srm_mmseg.apis.torchscript_backend import TorchScriptBackend

    _refuse(choice.dtype, f'dtype for the exported model {str(choice.config)!r}')
    if choice.device not in ('auto', 'cpu'):
        raise ValueError(
            f'Expected the CPU for {str(choice.config)!r}, where it was traced, but got '
            f'{choice.device!r}. Export it as ONNX, or give the config and its weights.'
        )
    return TorchScriptBackend(choice.config)


def _of_openvino(choice: ModelChoice, batch_size: int) -> Backend:
    """Open an IR or an ONNX file by OpenVINO; what it compiles is kept for the next start."""
    from srm_mmseg.apis.openvino_backend import OpenVinoBackend

    device = 'cpu' if choice.device == 'auto' else choice.device
    cache = cache_folder() / 'openvino'
    return OpenVinoBackend(choice.config, choice.precision, device, batch_size > 1, cache=cache)
