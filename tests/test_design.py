"""docs/design.md names files that there are, and its table of changes is true."""

import re

import pytest
from helpers import REPO, build, model_config

from srm_mmseg.apis.model_choice import DTYPES
from srm_mmseg.datasets.image_formats import FORMATS
from srm_mmseg.evaluation.measures import RECORDS

DESIGN = (REPO / 'docs/design.md').read_text()
PACKAGE = REPO / 'srm_mmseg'


def tree():
    """The paths of the tree below srm_mmseg/: one a line, or a file more in the same folder."""
    lines = DESIGN.split('\nsrm_mmseg/\n')[1].split('\nconfigs/')[0].splitlines()
    for line in lines:
        found = re.match(r'  (\S+?),? (?:(\w+\.py),? )?', line)
        if found and not line.startswith('    '):
            path, other = found.groups()
            yield path
            if other:
                yield f'{path.rpartition("/")[0]}/{other}'


def changes():
    """The rows of the table of changes: what, and the code spans of the answer."""
    table = DESIGN.split('| to change | open |\n')[1].split('\n\n')[0]
    for row in table.splitlines()[1:]:
        what, answer = row.strip('| ').split(' | ')
        yield what, re.findall(r'`([^`]+)`', answer)


def is_path(span):
    return '/' in span or span.endswith('.py')


def test_the_tree_is_there():
    paths = list(tree())
    assert len(paths) > 90
    assert not [path for path in paths if not (PACKAGE / path).exists()]


def test_every_file_of_the_maps_room_is_in_the_tree():
    for path in (PACKAGE / 'saliency').glob('[a-z]*.py'):
        assert path.name in DESIGN, path


@pytest.mark.parametrize(('what', 'spans'), list(changes()), ids=[what for what, _ in changes()])
def test_a_change_has_one_or_two_places(what, spans):
    paths = [span for span in spans if is_path(span)]
    assert 1 <= len(paths) <= 2 or what == 'AVIF'  # whose reading is a third
    texts = []
    for path in paths:
        place = (REPO if path.startswith('configs/') else PACKAGE) / path
        assert place.exists(), path
        texts.append(place.read_text() if place.is_file() else '')
    for name in (span for span in spans if not is_path(span) and re.fullmatch(r'[A-Za-z_]+', span)):
        assert any(name in text for text in texts) or name == 'TIMMBackbone', name


def test_there_are_eleven_changes():
    assert len(list(changes())) == 11
    assert 'AVIF' in FORMATS and 'float32' in DTYPES and 'MAE' in RECORDS


def test_a_fourth_stage_is_a_tap_and_a_weight():
    config = model_config()
    config.backbone.refinement.out_indices = (0, 1, 2)
    config.decode_head.loss_decode.stage_weights = (1.0,) * 4
    model = build(config)
    assert model.decode_head.in_channels == (512, 64, 64, 64)


def test_another_trunk_is_named_once():
    config = model_config()
    config.backbone.master = dict(type='MobileNetV2', out_indices=(6,))
    config.backbone.refinement = dict(type='MobileNetV2', out_indices=(2, 4))
    model = build(config)
    assert model.neck.in_channels == (320, 96, 32)
