import pytest

from srm_mmseg.saliency.stages import check_stages, chosen_stage, stage_numbers


def test_people_count_from_one_and_configs_from_zero():
    assert stage_numbers(3) == (1, 2, 3)
    assert [chosen_stage({'stage': index}, 3) for index in (0, 1, 2, -1, -3)] == [1, 2, 3, 3, 1]
    assert chosen_stage({}, 3) == 3


@pytest.mark.parametrize('index', [3, -4])
def test_refuses_the_index_of_no_stage(index):
    with pytest.raises(ValueError, match=f'T = 3 stages, -3 to 2, but got {index}'):
        chosen_stage({'stage': index}, 3)


@pytest.mark.parametrize('stages', [(), (0, 1), (1, 4)])
def test_refuses_numbers_of_no_stage(stages):
    check_stages((3, 1), 3)
    with pytest.raises(ValueError, match='stages from 1 to T = 3, but got'):
        check_stages(stages, 3)
