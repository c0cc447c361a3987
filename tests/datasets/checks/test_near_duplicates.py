import cv2
import numpy as np
import pytest

from srm_mmseg.datasets.checks.near_duplicates import (
    VIEWS,
    apply_view,
    describe_view,
    earlier_matches,
    hashes,
    matches_between,
)
from srm_mmseg.datasets.toy_pairs import make_pair

SIDE = 32


def thumbnail(picture):
    return cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


@pytest.fixture(scope='module')
def pictures():
    """Grey pictures of many sizes."""
    images = [make_pair(np.random.default_rng([9, index]))[0] for index in range(40)]
    return [cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) for image in images]


@pytest.fixture(scope='module')
def thumbnails(pictures):
    return np.stack([thumbnail(picture) for picture in pictures])


def test_hashes_are_of_length_1_and_blank_ones_0(thumbnails):
    np.testing.assert_allclose(np.linalg.norm(hashes(thumbnails), axis=1), 1, atol=1e-5)
    assert not hashes(np.full((1, SIDE, SIDE), 77, np.uint8)).any()


def test_other_pictures_do_not_match(thumbnails):
    assert earlier_matches(thumbnails) == []


def recompressed(picture):
    return cv2.imdecode(cv2.imencode('.jpg', picture, [cv2.IMWRITE_JPEG_QUALITY, 10])[1], 0)


CHANGES = {
    'recompressed': recompressed,
    'smaller': lambda picture: cv2.resize(picture, None, fx=0.3, fy=0.3),
    'stretched': lambda picture: cv2.resize(picture, (353, 353)),
    'darker': lambda picture: (picture * 0.6).astype(np.uint8),
    'brighter': lambda picture: np.clip(picture * 1.2, 0, 255).astype(np.uint8),
    'blurred': lambda picture: cv2.GaussianBlur(picture, (0, 0), 2),
}


@pytest.mark.parametrize('change', CHANGES)
def test_changed_pictures_match_their_sources(change, pictures, thumbnails):
    changed = np.stack([thumbnail(CHANGES[change](picture)) for picture in pictures])
    matches = matches_between(changed, thumbnails)
    assert [(match.row, match.column) for match in matches] == [(i, i) for i in range(40)]
    assert {match.view for match in matches} == {0}


@pytest.mark.parametrize('view', range(len(VIEWS)))
def test_flips_and_turns_match_and_are_named(view, thumbnails):
    matches = matches_between(apply_view(thumbnails, view), thumbnails)
    assert [(match.row, match.column, match.view) for match in matches] == [
        (index, index, view) for index in range(40)
    ]
    assert ('mirrored' in describe_view(view)) == VIEWS[view][0]


def test_each_picture_is_matched_with_one_before_it(thumbnails):
    repeated = np.concatenate([thumbnails[:3], thumbnails[:3], thumbnails[:3]])
    found = {match.row: match.column for match in earlier_matches(repeated)}
    assert sorted(found) == [3, 4, 5, 6, 7, 8]
    assert all(column < row and column % 3 == row % 3 for row, column in found.items())


def test_blocks_of_rows_are_joined(thumbnails, monkeypatch):
    whole = matches_between(thumbnails, thumbnails)
    monkeypatch.setattr('srm_mmseg.datasets.checks.near_duplicates.ROWS', 7)
    assert [match[:2] for match in matches_between(thumbnails, thumbnails)] == [
        match[:2] for match in whole
    ]
    assert len(whole) == 40


def test_empty_sets(thumbnails):
    assert matches_between(thumbnails[:0], thumbnails) == []
    assert matches_between(thumbnails, thumbnails[:0]) == []
    assert earlier_matches(np.array([])) == []
