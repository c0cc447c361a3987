"""Which files a model is opened from, when the zoo has it; importing it needs no toolbox."""

from __future__ import annotations

from pathlib import Path

from srm_mmseg.zoo.cards import cards


def chosen_files(
    config: str | Path, checkpoint: str | Path | None, device: str = 'auto', dtype: object = None
) -> tuple[str | Path, str | Path | None]:
    """Take the files of a model of the zoo for its name.

    Args:
        config: A config, an exported file, or the name of a model of the zoo.
        checkpoint: Weights of the config; None takes those of the zoo.
        device: 'auto', or one of PyTorch.
        dtype: Of :class:`~srm_mmseg.apis.SaliencyInferencer`.

    Returns:
        Config and checkpoint. Of a model of the zoo, its ONNX file and None, which need neither the
        toolbox nor PyTorch, unless a GPU or a dtype is asked for, which do.

    Raises:
        FileNotFoundError: If a file of the zoo is not there.
        BadZooError: If it is another than was published.
    """
    card = cards().get(str(config)) if checkpoint is None else None
    if card is None:
        return config, checkpoint
    if device in ('auto', 'cpu') and dtype is None:
        return card.onnx, None
    return card.config, f'zoo://{card.name}'
