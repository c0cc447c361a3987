"""What there is to know of each model of the zoo: a card in a ``metafile.yml``; needs no toolbox.

A card is an entry of ``Models`` as MMSegmentation writes them, with these keys besides: ``Weights`` and
``ONNX``, files beside the metafile, and ``SHA-256``, by file. ``srm-mmseg publish`` writes them all.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

BOX = Path(__file__).parent
VARIABLE = 'SRM_MMSEG_ZOO'
METAFILE = 'metafile.yml'
KEYS = ('Name', 'Config', 'Weights', 'ONNX', 'SHA-256', 'Metadata', 'Results')
DEFAULT = 'srm_lite0'


class BadZooError(ValueError):
    """A model that the zoo does not have, or a file of it that is not what its card says."""


@dataclass(frozen=True)
class Card:
    """A model of the zoo.

    Attributes:
        name: What every command calls it.
        config: Name or path of its config.
        folder: Where its files lie.
        entry: All that the metafile says of it.
    """

    name: str
    config: str
    folder: Path
    entry: dict[str, Any] = field(repr=False)

    @property
    def weights(self) -> Path:
        """The checkpoint, safetensors.

        Raises:
            FileNotFoundError: If it is not there.
            BadZooError: If its SHA-256 is not the card's.
        """
        return self._checked('Weights')

    @property
    def onnx(self) -> Path:
        """The exported model; raises as :attr:`weights`."""
        return self._checked('ONNX')

    @property
    def scores(self) -> dict[str, dict[str, dict[str, float]]]:
        """Data set -> stage -> measure -> score."""
        return {one['Dataset']: one['Metrics'] for one in self.entry['Results']}

    def _checked(self, key: str) -> Path:
        """Find a file of the card, and compare its SHA-256 with the card's."""
        name = str(self.entry[key])
        path = self.folder / name
        if not path.is_file():
            raise FileNotFoundError(
                f'Expected {path} to be there, the {key} of {self.name!r} in '
                f'{self.folder / METAFILE}, but there is no such file. Install the package again, or '
                f'put the file there.'
            )
        expected = self.entry['SHA-256'].get(name)
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != expected:
            raise BadZooError(
                f'Expected {path} to have the SHA-256 {expected}, as {self.folder / METAFILE} says, '
                f'but got {found}. It is another file than was published: copy it anew, or publish it '
                'again if it is yours.'
            )
        return path


def cards() -> dict[str, Card]:
    """Read all cards, by name: those of the box, then one's own, which must have other names.

    Raises:
        FileNotFoundError: If the variable names a folder without a metafile.
        BadZooError: If a metafile is none, or two models have one name.
    """
    found: dict[str, Card] = {}
    own = os.environ.get(VARIABLE)
    for folder in (BOX, *([Path(own).expanduser()] if own else [])):
        for card in _cards_in(folder):
            if card.name in found:
                raise BadZooError(
                    f'Expected models of different names, but {card.name!r} is in '
                    f'{found[card.name].folder} and in {card.folder}. Rename the second in its '
                    f'{METAFILE}.'
                )
            found[card.name] = card
    return found


def find_card(name: str) -> Card:
    """Find a model by name.

    Raises:
        BadZooError: If there is none; it lists the names.
    """
    known = cards()
    if name in known:
        return known[name]
    close = get_close_matches(name, known, n=3)
    hint = f'Did you mean {" or ".join(close)}?' if close else f'There are: {", ".join(known)}.'
    raise BadZooError(
        f'Expected the name of a model of the zoo, but got {name!r}. {hint} Those of a folder of your '
        f'own join by the variable {VARIABLE}.'
    )


def _cards_in(folder: Path) -> list[Card]:
    """Read the cards of a folder."""
    path = folder / METAFILE
    if not path.is_file():
        raise FileNotFoundError(
            f'Expected a {METAFILE} in {str(folder)!r}, which {VARIABLE} names, but there is none. '
            'srm-mmseg publish writes one.'
        )
    try:
        models = yaml.safe_load(path.read_text('utf-8'))['Models']
        missing = [key for one in models for key in KEYS if key not in one]
        if not missing:
            return [Card(one['Name'], _config_of(one, folder), folder, one) for one in models]
        fault = f'none of these: {", ".join(missing)}'
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError) as error:
        fault = f'{type(error).__name__}: {str(error).splitlines()[0]}'
    raise BadZooError(
        f'Expected {path} to list Models with {", ".join(KEYS)} each, but got {fault}. srm-mmseg '
        'publish writes such a file.'
    )


def _config_of(entry: dict[str, Any], folder: Path) -> str:
    """Tell a card's config: a file beside the metafile, or a name."""
    path = folder / entry['Config']
    return str(path) if path.is_file() else entry['Config']
