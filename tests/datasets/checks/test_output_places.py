import pytest

from srm_mmseg.datasets.checks.folders import set_of_folders
from srm_mmseg.datasets.checks.output_places import make_report_folders


def test_reports_lie_outside_the_data_set(tmp_path):
    sets = [set_of_folders(str(tmp_path / 'images'), str(tmp_path / 'masks'), ['.jpg'], ['.png'])]
    make_report_folders([tmp_path / 'new/report.json'], sets)
    assert (tmp_path / 'new').is_dir()
    with pytest.raises(IsADirectoryError, match='Expected a file to write'):
        make_report_folders([tmp_path / 'new'], sets)
    with pytest.raises(ValueError, match='outside the data set'):
        make_report_folders([tmp_path / 'masks/report.json'], sets)
    assert not (tmp_path / 'masks').exists()


def test_a_suffix_of_masks_is_none_of_images_in_the_same_folder(tmp_path):
    here = str(tmp_path / 'mine/all')
    found = set_of_folders(here, here, ['.jpg', '.PNG'], ['.png'])
    assert found.name == 'mine' and found.image_suffixes == ('.jpg',)
    assert set_of_folders(here, 'masks', ['.jpg', '.PNG'], ['.png']).image_suffixes[1] == '.PNG'
