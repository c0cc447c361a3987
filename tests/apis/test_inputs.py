import pytest

from srm_mmseg.apis.inputs import distinct_names


def test_names():
    assert distinct_names(['a.jpg', 'b/a.jpg', 'b/c.png']) == ['a', 'b/a', 'b/c']
    assert distinct_names(['a.jpg', 'a.png', 'b.png']) == ['a.jpg', 'a.png', 'b']
    for twice in (['a.jpg', 'a.jpg'], ['a.jpg', 'a.png', 'a.png.gif']):
        with pytest.raises(ValueError, match='folder above'):
            distinct_names(twice)
