"""What an exported file says of itself, so that it runs without a config."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

KEY = 'srm_mmseg'
"""Name of the entry that holds the description: ONNX metadata, or a file in a TorchScript archive."""


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
    """

    model: str
    weights: str
    stages: tuple[int, ...]
    size: tuple[int, int]
    dynamic: bool
    softmax: bool
    resize: bool
    align_corners: bool

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
            ValueError: If there is none, or one of another version.
        """
        try:
            values = json.loads(text or '')
            stages, size = tuple(values.pop('stages')), tuple(values.pop('size'))
            return cls(stages=stages, size=size, **values)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise ValueError(
                f'Expected {path!r} to be a file of tools/export.py, but it does not tell its '
                'stages and size. Export the model again.'
            ) from None
