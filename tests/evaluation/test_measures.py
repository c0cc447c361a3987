import pytest

from srm_mmseg.evaluation.measures import MEASURES, RECORDS, measure_of


def test_a_measure_is_computed_in_one_way():
    assert tuple(RECORDS) == MEASURES and len(MEASURES) == 10
    for name, record in RECORDS.items():
        assert (record.of_image is None) != (record.of_curves is None), name


def test_lower_is_better_for_mae_alone():
    assert [name for name in MEASURES if not RECORDS[name].higher_is_better] == ['MAE']
    assert RECORDS['MAE'].best([0.2, 0.1]) == 0.1 and RECORDS['Sm'].best([0.2, 0.1]) == 0.2
    assert RECORDS['MAE'].heading == r'$\mathrm{MAE}\downarrow$'
    assert RECORDS['maxF'].heading == r'$F_\beta^{\max}\uparrow$'


@pytest.mark.parametrize('key', ['MAE', 'ECSSD/MAE', 'sod/SmallSet/MAE', 'S1/MAE'])
def test_a_key_of_a_run_names_its_measure(key):
    assert measure_of(key) is RECORDS['MAE']


def test_others_have_no_record():
    assert measure_of('mIoU') is None and measure_of('MAE/mIoU') is None
