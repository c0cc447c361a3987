"""The rows of SRM's ablation, and what the paper claims of them (Wang et al., ICCV 2017, Section 4.3)."""

from __future__ import annotations

from typing import NamedTuple

from srm_mmseg.config_names import CONFIGS

FOLDER = CONFIGS / 'ablation'
ROWS = (
    'full',
    'one_stage',
    'two_stages',
    'no_pooling',
    'one_trunk',
    'last_loss',
    'rising_weights',
    'iou_loss',
    'structure_loss',
    'random_weights',
)
"""Configs of the folder; the others are compared with the first."""


class Claim(NamedTuple):
    """One map is said to be better than another, each of a row's stage.

    Attributes:
        text: What is claimed.
        better: Row and stage of the better map.
        worse: Row and stage of the other.
    """

    text: str
    better: tuple[str, str]
    worse: tuple[str, str]


CLAIMS = (
    Claim('Refinement sharpens: S3 beats S1', ('full', 'S3'), ('full', 'S1')),
    Claim('Stage 2 helps: S2 beats S1', ('full', 'S2'), ('full', 'S1')),
    Claim('Stage 3 helps: S3 beats S2', ('full', 'S3'), ('full', 'S2')),
    Claim('Without pooling too: S3 beats S1', ('no_pooling', 'S3'), ('no_pooling', 'S1')),
    Claim('T = 3 beats T = 1', ('full', 'S3'), ('one_stage', 'S1')),
    Claim('T = 3 beats T = 2', ('full', 'S3'), ('two_stages', 'S2')),
    Claim('Pyramid pooling helps', ('full', 'S3'), ('no_pooling', 'S3')),
    Claim('A trunk of its own for refinement helps', ('full', 'S3'), ('one_trunk', 'S3')),
    Claim('A loss at each stage helps', ('full', 'S3'), ('last_loss', 'S3')),
)
