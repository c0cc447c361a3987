import json
import re
import shutil
from unittest.mock import Mock

import pytest
from datasets.checks.injector import INJECTIONS, Injector, write_clean_set
from helpers import run
from PIL import Image

from srm_mmseg.cli.check_dataset import main

TOOL = ('python', 'tools/check_dataset.py')


@pytest.fixture
def folder(tmp_path):
    write_clean_set(tmp_path / 'set', 5)
    return tmp_path / 'set'


@pytest.fixture
def check(capsys, monkeypatch):
    """Run the tool in this process: starting Python takes most of the time."""

    def check(folder, *args, folders=True):
        out = folder.parent / 'out'
        command = ['check_dataset.py', '--json', out / 'report.json', '--html', out / 'report.html']
        if folders:
            command += ['--images', folder / 'images', '--masks', folder / 'masks']
        monkeypatch.setattr('sys.argv', list(map(str, [*command, *args])))
        with pytest.raises(SystemExit) as exit_:
            main()
        return exit_.value.code, *capsys.readouterr()

    return check


def report(folder):
    return json.loads((folder.parent / 'out/report.json').read_text())


def contents(folder):
    return {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob('*') if path.is_file()
    }


def test_a_clean_set(folder, check):
    code, output, errors = check(folder)
    assert code == 0 and '0 faults' in output and '5/5' in errors
    assert report(folder) == {'faults': [], 'notes': [], 'pairs': 5}
    assert 'foreground share: mean 0.' in output and 'centre bias' in output


def test_every_kind_of_fault_in_every_report(tmp_path, check):
    folder = tmp_path / 'set'
    write_clean_set(folder, 100)
    injector = Injector(folder)
    for inject in INJECTIONS:
        inject(injector)
    before = contents(folder)
    code, output, _ = check(folder, '--fix', tmp_path / 'clean')
    assert code == 1
    found = report(folder)
    rows = [(row['file'], row['fault']) for row in found['faults'] + found['notes']]
    assert sorted(rows) == sorted(injector.expected)
    html = (tmp_path / 'out/report.html').read_text()
    for file, kind in injector.expected:
        assert kind in output and file in output
        assert kind in html and file in html
    assert html.count('data:image/jpeg;base64,') > 60
    assert contents(folder) == before
    assert check(tmp_path / 'clean')[0] == 0


def test_a_clean_list_has_the_stems_without_a_fault(folder, check):
    (folder / 'masks/002.png').unlink()
    path = folder / 'images/004.jpg'
    path.write_bytes(path.read_bytes()[:2000])
    assert check(folder, '--fix', folder / 'clean.txt')[0] == 1
    assert (folder / 'clean.txt').read_text().split() == ['000', '001', '003']
    assert check(folder, '--list', folder / 'clean.txt')[0] == 0


def test_images_and_masks_in_one_folder(folder, check):
    for mask in (folder / 'masks').iterdir():
        mask.rename(folder / 'images' / mask.name)
    assert check(folder, '--masks', folder / 'images')[0] == 0
    assert report(folder) == {'faults': [], 'notes': [], 'pairs': 5}


def test_suffixes_in_any_case(folder, check):
    for mask in (folder / 'masks').iterdir():
        mask.rename(folder / 'images' / mask.name)
    assert check(folder, '--masks', folder / 'images', '--mask-suffix', '.PNG')[0] == 0
    assert report(folder) == {'faults': [], 'notes': [], 'pairs': 5}


def test_black_masks_where_nothing_is_salient(folder, check):
    mask = folder / 'masks/003.png'
    Image.new('L', Image.open(mask).size).save(mask)
    assert check(folder)[0] == 1
    code, output, _ = check(folder, '--empty-masks', '--fix', folder.parent / 'clean.txt')
    assert code == 0 and 'no_object (1)' in output
    assert len((folder.parent / 'clean.txt').read_text().split()) == 5


def test_targets_in_the_source_are_refused(folder, check):
    for option in ('--fix', '--json', '--html'):
        assert 'outside the data set' in check(folder, option, folder / 'masks/clean')[0]
        assert not (folder / 'masks/clean').exists()


def test_a_report_that_cannot_be_written(folder, check, monkeypatch):
    assert 'is a folder' in check(folder, '--json', folder)[0]
    monkeypatch.setattr(
        'srm_mmseg.cli.check_dataset.html_report', Mock(side_effect=OSError('No space left'))
    )
    assert check(folder)[0] == 'error: No space left'


def test_only_what_is_listed_counts(folder, check):
    (folder / 'images/000.png').write_bytes((folder / 'images/000.jpg').read_bytes())
    (folder / 'list.txt').write_text('001\n004\n')
    assert check(folder, '--list', folder / 'list.txt')[0] == 0
    assert check(folder, '--fix', folder / 'clean.txt')[0] == 1
    assert (folder / 'clean.txt').read_text().split() == ['001', '002', '003', '004']
    assert check(folder, '--list', folder / 'clean.txt')[0] == 0


def test_a_name_that_a_list_cannot_hold(folder, check):
    (folder / 'images/000.jpg').rename(folder / 'images/0 .jpg')
    (folder / 'masks/000.png').rename(folder / 'masks/0 .png')
    _, output, _ = check(folder, '--fix', folder / 'clean.txt')
    assert '4 of 5 pairs' in output and "cannot hold the name '0 '" in output


def test_names_of_files_are_escaped(folder, check):
    image, mask = folder / 'images/<b>&.jpg', folder / 'masks/<b>&.png'
    (folder / 'images/000.jpg').rename(image)
    (folder / 'masks/000.png').rename(mask)
    Image.new('L', Image.open(image).size).save(mask)
    check(folder)
    html = (folder.parent / 'out/report.html').read_text()
    assert '&lt;b&gt;&amp;.png' in html and '<b>&' not in html


def test_a_folder_that_does_not_exist_is_a_fault(folder, check):
    shutil.rmtree(folder / 'masks')
    code, output, _ = check(folder)
    assert code == 1 and 'no folder' in output
    assert len(report(folder)['faults']) == 6


def test_arguments(folder, check):
    for args in ((), ('--images', folder), ('config.py', '--images', folder, '--masks', folder)):
        code, _, errors = check(folder, *args, folders=False)
        assert code == 2 and 'either a config, or both --images' in errors
    assert '--jobs: expected 1 or more' in check(folder, '--jobs', '0')[2]


def test_planted_copies_of_training_images(tiny_config, toy_data, tmp_path):
    shutil.copytree(toy_data / 'toy', tmp_path / 'toy')
    train, test = tmp_path / 'toy/DUTS-TR', tmp_path / 'toy/DUTS-TE'
    changes = {
        '00000': lambda image: image.resize((image.width // 2, image.height // 2)),
        '00001': lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        '00002': lambda image: image,
    }
    for stem, change in changes.items():
        for kind, suffix in (('Image', 'jpg'), ('Mask', 'png')):
            image = Image.open(train / f'DUTS-TR-{kind}/{stem}.{suffix}')
            change(image).save(test / f'DUTS-TE-{kind}/planted{stem}.{suffix}')
    done = run(
        *(*TOOL, tiny_config, '--json', tmp_path / 'report.json', '--fix', tmp_path / 'clean.txt'),
        data=tmp_path,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    found = json.loads((tmp_path / 'report.json').read_text())
    assert found['pairs'] == 8 + 5 + 3
    planted = sorted(re.findall(r'planted(\d+)', row['file'])[0] for row in found['faults'])
    assert planted == sorted(changes) and {row['fault'] for row in found['faults']} == {'near_leak'}
    left = {path.name: path.read_text().split() for path in tmp_path.glob('clean-*.txt')}
    assert {name: len(stems) for name, stems in left.items()} == {
        'clean-train-toy.txt': 5,
        'clean-val-toy.txt': 8,
    }


def test_another_number_of_pairs(tiny_config, toy_data, check, tmp_path, monkeypatch):
    monkeypatch.setenv('SOD_DATA', str(toy_data))
    options = ('--cfg-options', 'train_dataloader.dataset.num_pairs=9')
    fix = ('--fix', tmp_path / 'clean.txt')
    code, output, _ = check(tmp_path / 'set', tiny_config, *options, *fix, folders=False)
    assert code == 1 and '8 complete pairs' in output and 'num_pairs is 9' in output
    assert [row['fault'] for row in report(tmp_path / 'set')['faults']] == ['wrong_count']
    assert len((tmp_path / 'clean-train-toy.txt').read_text().split()) == 8


def test_real_photographs_have_no_fault(shared, check, tmp_path):
    data = shared / 'data/ECSSD'
    folders = '--images', data / 'images', '--masks', data / 'ground_truth_mask'
    assert check(tmp_path / 'set', *folders, folders=False)[0] == 0
    found = report(tmp_path / 'set')
    assert found['pairs'] == 800 and found['faults'] == []
    assert {row['fault'] for row in found['notes']} == {'grey_as_rgb'}
