"""Lists of stems and descriptions of exported files, changed at random."""

import json
import math

import pytest
from fuzzing import SECONDS, changed, fuzz
from hypothesis import strategies

from srm_mmseg.datasets.stems import BadSetError, read_stems
from srm_mmseg.export.description import LONGEST_SIDE, Description


@pytest.mark.parametrize('seconds', [0, pytest.param(SECONDS, marks=pytest.mark.long)])
def test_lists(seconds, tmp_path):
    path = tmp_path / 'train.txt'

    def check(data: bytes) -> str:
        path.write_bytes(data)
        try:
            stems = read_stems(str(path), ('.jpg', '.png'))
        except BadSetError as error:
            assert 'train.txt' in str(error)
            return 'refused'
        assert all(stem == stem.strip() for stem in stems)
        return 'read'

    lists = ['a.jpg\nb\n\n', '﻿ä/ü.png\r\nç', 'a\n' * 40]
    fuzz(check, changed([text.encode() for text in lists]), seconds)


VALID = dict(
    model='srm', weights='a.pth', stages=[1, 2, 3], size=[353, 353], dynamic=True, softmax=True,
    resize=True, align_corners=True,
)  # fmt: skip
SCALARS = strategies.one_of(
    *(strategies.none(), strategies.booleans(), strategies.integers(), strategies.floats()),
    *(strategies.text(max_size=9), strategies.sampled_from([40_000, -1, 0, math.inf, 10**40])),
)
VALUES = strategies.recursive(
    SCALARS,
    lambda inner: (
        strategies.lists(inner, max_size=4)
        | strategies.dictionaries(strategies.text(max_size=4), inner, max_size=3)
    ),
)
REPLACED = strategies.dictionaries(strategies.sampled_from(list(VALID)), VALUES, max_size=3).map(
    lambda values: json.dumps({**VALID, **values})
)
GARBLED = changed([json.dumps(VALID).encode()]).map(lambda data: data.decode(errors='replace'))


@pytest.mark.parametrize('seconds', [0, pytest.param(SECONDS, marks=pytest.mark.long)])
def test_descriptions(seconds):
    def check(text: str) -> str:
        try:
            description = Description.from_json(text, 'a.onnx')
        except ValueError as error:
            assert "'a.onnx'" in str(error) and '\n' not in str(error)
            return 'refused'
        assert max(description.size) <= LONGEST_SIDE and description.outputs
        return 'read'

    fuzz(check, REPLACED | GARBLED, seconds)
