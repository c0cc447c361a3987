import pytest

from srm_mmseg.apis.inputs import distinct_names, find


def test_a_number_of_other_signs_is_no_webcam():
    assert find(['0']).videos == [('webcam0', 0)]
    assert [one.origin for one in find(['²']).images] == ['²']  # told to be missing when it is read


def test_names():
    assert distinct_names(['a.jpg', 'b/a.jpg', 'b/c.png']) == ['a', 'b/a', 'b/c']
    assert distinct_names(['a.jpg', 'a.png', 'b.png']) == ['a.jpg', 'a.png', 'b']
    for twice in (['a.jpg', 'a.jpg'], ['a.jpg', 'a.png', 'a.png.gif']):
        with pytest.raises(ValueError, match='folder above'):
            distinct_names(twice)
