"""What an exported file says of itself, so that it runs without a config."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

KEY = 'srm_mmseg'
"""Name of the entry that holds the description: ONNX metadata, or a file in a TorchScript archive."""

DIGEST = f'{KEY}_weights'
"""Name of the entry that holds the SHA-256 of an IR's weights, which are a file of their own."""

MOST_STAGES = 16
LONGEST_SIDE = 2048
"""Of the images that a model takes: a batch of 8 of 2048 x 2048 is 100 MB, and networks take more."""

MOST_CHARACTERS = 10_000


@dataclass(frozen=True)
class Description:
    """How to feed an exported file and what comes out.

    It takes ``images``, uint8, N x H x W x 3, BGR as OpenCV reads them; normalisation is inside.

    Attributes:
        model: Name of the config.
        weights: Name of the checkpoint file.
        stages: Numbers of the stages that come out, in order: (1, 2, 3), or (3,) alone.
        size: (H, W) of the images that the model was made for, to which photographs are resized.
        dynamic: Whether batch and size are free; otherwise N = 1 and (H, W) = ``size``.
        softmax: Whether probabilities of the foreground come out, or its log-odds, whose sigmoid
            they are.
        resize: Whether one output holds all stages at the images' size, N x stages x H x W, or
            each stage is an output at its own size, N x 1 x h x w.
        align_corners: How maps are resized, bilinearly.
        int8: What quantisation to 8 bits changed, as :mod:`srm_mmseg.export.int8` measured it; None of
            a file that was not quantised.
    """

    model: str
    weights: str
    stages: tuple[int, ...]
    size: tuple[int, int]
    dynamic: bool
    softmax: bool
    resize: bool
    align_corners: bool
    int8: dict | None = None

    @property
    def outputs(self) -> list[str]:
        """Names of the file's outputs."""
        return ['saliency'] if self.resize else [f'stage_{stage}' for stage in self.stages]

    def to_json(self) -> str:
        """Write the description as text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str | None, path: str) -> Description:
        """Read a description.

        Args:
            text: What the file has stored under :data:`KEY`, if anything.
            path: The file, to name it.

        Raises:
            ValueError: If there is none, one of another version, or one that no export writes.
        """
        try:
            if len(text or '') > MOST_CHARACTERS:
                raise ValueError(f'{len(text or "")} characters')
            values = json.loads(text or '')
            stages, size = tuple(values.pop('stages')), tuple(values.pop('size'))
            description = cls(stages=stages, size=size, **values)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise ValueError(
                f'Expected {path!r} to be a file of srm-mmseg export, but it does not tell its '
                'stages and size. Export the model again.'
            ) from None
        if fault := description._fault():
            raise ValueError(
                f'Expected {path!r} to be a file of srm-mmseg export, but its description has '
                f'{fault}. Export the model again.'
            )
        return description

    def _fault(self) -> str:
        """Say what no export writes, if anything; JSON values may be of any type."""
        for name in ('model', 'weights'):
            if not isinstance(getattr(self, name), str):
                return f'no text as {name}'
        for name in ('dynamic', 'softmax', 'resize', 'align_corners'):
            if not isinstance(getattr(self, name), bool):
                return f'neither true nor false as {name}'
        if not isinstance(self.int8, dict | None):
            return 'no measurements of int8'
        if not all(_is_whole(stage, 1, MOST_STAGES) for stage in self.stages):
            return f'stages that are no numbers of 1 to {MOST_STAGES}'
        if not self.stages or list(self.stages) != sorted(set(self.stages)):
            return f'{len(self.stages)} stages that are none, or not in order'
        if len(self.size) != 2 or not all(_is_whole(side, 1, LONGEST_SIDE) for side in self.size):
            return f'a size that is not two numbers of 1 to {LONGEST_SIDE}'
        return ''


def _is_whole(value: object, least: int, most: int) -> bool:
    """Tell whether a JSON value is a whole number in a range."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
