"""What a worker of Ray Data does to its share of very many photographs; importing it needs no Ray."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from srm_mmseg.apis.claims import PICTURES
from srm_mmseg.apis.inferencer import Failure, Saliency, SaliencyInferencer
from srm_mmseg.apis.sources import Source, file_source
from srm_mmseg.datasets.photograph import decode, upright
from srm_mmseg.saliency.encode import encode


class SaliencyActor:
    """Draws pictures of the photographs of a table, batch by batch; opens its model once.

    ``dataset.map_batches(SaliencyActor, fn_constructor_kwargs=dict(kind='cutout'))`` of Ray Data makes
    one in each worker and calls it with batches.

    Args:
        kind: What to draw, one of :data:`~srm_mmseg.apis.claims.PICTURES`.
        options: Those of :class:`~srm_mmseg.apis.inferencer.SaliencyInferencer`; without any, the
            model in the box.

    Raises:
        ValueError: If the kind is another; what the inferencer raises.

    Example:
        With a backend that takes bright pixels for salient, in place of a config and weights:

        >>> from srm_mmseg.apis.backend import Backend
        >>> class Brightness(Backend):
        ...     scale = (16, 16)
        ...
        ...     def __call__(self, images):
        ...         return images.mean(axis=3)[:, None] / 255
        >>> actor = SaliencyActor(config=Brightness())
        >>> white = encode(np.full((4, 5, 3), 255, np.uint8))
        >>> table = actor({'path': np.array(['a', 'b']), 'bytes': np.array([white, b'no image'], 'O')})
        >>> list(table), table['map'][0][1:4], table['error'][0], table['map'][1]
        (['path', 'map', 'error'], b'PNG', '', b'')
        >>> table['error'][1]
        "Expected a complete image, but got 'b', which cannot be decoded: ..."
    """

    def __init__(self, kind: str = 'map', **options: Any) -> None:
        if kind not in PICTURES:
            raise ValueError(f'Expected a kind out of {", ".join(PICTURES)}, but got {kind!r}.')
        self.kind = kind
        self.inferencer = SaliencyInferencer(**options)

    def __call__(self, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Draw a batch; a photograph that cannot be read stays in the table, with the reason.

        Args:
            batch: Columns of N rows: ``bytes``, what is in the files; or ``path``, where they are.
                With both, ``path`` is what errors call a photograph. Other columns are kept.

        Returns:
            The columns but for ``bytes``, in order, and two more, each of N rows: one named after
            the kind, PNG files (empty where there is an error), and ``error`` (empty where there is
            none). Neither has nulls, so that all batches are of one schema.

        Raises:
            ValueError: If there is neither ``bytes`` nor ``path``.
        """
        results = self.inferencer(
            _sources(batch),
            stages=self.kind == 'stages',
            images=self.kind != 'map',
            raise_errors=False,
        )
        drawn = [self._draw(result) for result in results]
        kept = {name: column for name, column in batch.items() if name != 'bytes'}
        added = {self.kind: [one for one, _ in drawn], 'error': [error for _, error in drawn]}
        return kept | {name: np.array(column, object) for name, column in added.items()}

    def _draw(self, result: Saliency | Failure) -> tuple[bytes, str]:
        """Make the picture of a result, or tell why there is none."""
        if isinstance(result, Failure):
            return b'', str(result.error) or repr(result.error)
        try:
            return encode(PICTURES[self.kind](result)), ''
        except (OSError, ValueError) as error:  # the file was replaced meanwhile
            return b'', str(error)


def _sources(batch: dict[str, np.ndarray]) -> Iterator[Source]:
    """List what there is to read, a source a row.

    Raises:
        ValueError: If no column says what.
    """
    if 'bytes' in batch:
        names = batch.get('path', np.arange(len(batch['bytes'])))
        for name, data in zip(map(str, names), batch['bytes']):
            yield Source(name, name, partial(_pixels, bytes(data), name))
    elif 'path' in batch:
        for path in map(str, batch['path']):
            yield file_source(os.path.basename(path), path)
    else:
        raise ValueError(
            f"Expected a column 'bytes' or 'path', but got {', '.join(batch) or 'none'}. Rename the "
            'one that holds the files or their paths.'
        )


def _pixels(data: bytes, name: str) -> np.ndarray:
    """Decode a file's content, as :func:`~srm_mmseg.apis.sources.pixels_of_file` does."""
    try:
        return upright(decode(data))
    except ValueError as error:
        raise ValueError(
            f'Expected a complete image, but got {name!r}, which {error}. Copy or download it '
            'again, or remove it.'
        ) from error
