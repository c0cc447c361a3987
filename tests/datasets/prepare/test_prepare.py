"""From archives of each official layout to what the configs read."""

import io
import stat
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest
from mmseg.registry import DATASETS
from PIL import Image
from sod_trees import record, write_tree
from tiny_archives import TINY, packed, prepare

from srm_mmseg.datasets.prepare.archives import Limits, entries
from srm_mmseg.datasets.prepare.plan import make_plan
from srm_mmseg.datasets.prepare.write import unusable_pairs, write
from srm_mmseg.datasets.standard_sets import STANDARD_SETS

KINDS = ('zip', 'tar', 'tar.gz', 'tar.xz')


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('name', STANDARD_SETS)
def test_each_layout_from_each_kind_of_archive(name, kind, tmp_path, monkeypatch):
    tree = write_tree(name, tmp_path / 'tree')
    archive = packed(tree, tmp_path / f'official.{kind}', top='Some folder')
    plan, written = prepare(name, tmp_path / 'data', archive)
    assert written == 6 and not plan.left_out
    root = tmp_path / 'data' / STANDARD_SETS[name].root
    for path in (path for path in tree.rglob('*') if path.is_file()):
        assert (root / path.relative_to(tree)).read_bytes() == path.read_bytes()
    dataset = DATASETS.build(record(name, tmp_path / 'data', monkeypatch, num_pairs=3))
    assert sorted(plan.pairs) == [dataset.get_data_info(index)['stem'] for index in range(3)]
    assert not unusable_pairs(plan, root)


@pytest.mark.parametrize('name', STANDARD_SETS)
def test_from_a_folder(name, tmp_path):
    tree = write_tree(name, tmp_path / 'tree')
    assert prepare(name, tmp_path / 'data', tree)[1] == 6
    assert len([path for path in tree.rglob('*') if path.is_file()]) == 6


def test_two_archives_without_folders_in_them(tmp_path):
    tree = write_tree('ECSSD', tmp_path / 'tree')
    archives = [
        packed(tree / folder, tmp_path / f'{folder}.zip')
        for folder in ('images', 'ground_truth_mask')
    ]
    assert prepare('ECSSD', tmp_path / 'data', *archives)[1] == 6
    with pytest.raises(ValueError, match='got 0: 3 images, 0 masks'):
        make_plan(TINY['ECSSD'], archives[:1])


def test_folders_of_other_names(tmp_path):
    tree = write_tree('PASCAL-S', tmp_path / 'tree')
    (tree / 'datasets/imgs/pascal').rename(tree / 'Imgs')
    (tree / 'datasets/masks/pascal').rename(tree / 'GT')
    with pytest.raises(ValueError, match=r'got 0: 0 images(.|\n)*--images and --masks'):
        make_plan(TINY['PASCAL-S'], [tree])
    prepare('PASCAL-S', tmp_path / 'data', tree, images='Imgs', masks='GT')
    assert (tmp_path / 'data/PASCAL-S/datasets/masks/pascal/2.png').is_file()


def test_classes_keep_their_folders(tmp_path):
    tree = write_tree('THUR15K', tmp_path / 'tree')
    for folder in tree.iterdir():
        (folder / 'GT').mkdir()
        for mask in (folder / 'Src').glob('*.png'):
            mask.rename(folder / 'GT' / mask.name)
    prepare('THUR15K', tmp_path / 'data', tree, masks='*/GT')
    assert (tmp_path / 'data/THUR15K/Class1/Src/2.png').is_file()


def test_both_splits_of_camo_from_one_archive(tmp_path):
    tree = tmp_path / 'CAMO-V.1.0-CVIU2019'
    write_tree('CAMO-TR', tree)
    write_tree('CAMO-TE', tmp_path / 'test')
    for path in [*(tmp_path / 'test').rglob('*.*')]:
        target = tree / path.relative_to(tmp_path / 'test').with_stem(f'test_{path.stem}')
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
    archive = packed(tree, tmp_path / 'CAMO-V.1.0-CVIU2019.zip', top=tree.name)
    for name, stem in (('CAMO-TR', '2'), ('CAMO-TE', 'test_2')):
        plan, written = prepare(name, tmp_path / 'data', archive)
        assert written == 6 and stem in plan.pairs
        assert list(plan.left_out.values()).count('it has no image') == 3
        masks = tmp_path / 'data' / STANDARD_SETS[name].root / 'GT'
        assert sorted(path.stem for path in masks.iterdir()) == sorted(plan.pairs)


def test_images_without_a_camouflaged_object_are_left_out(tmp_path):
    tree = write_tree('COD10K-TE', tmp_path / 'COD10K-v3')
    write_tree('COD10K-TR', tree)
    for path in [*tree.rglob('*CAM-1.*')]:
        path.with_stem('COD10K-NonCAM-5-Background').write_bytes(path.read_bytes())
    for name in ('COD10K-TR', 'COD10K-TE'):
        plan, written = prepare(name, tmp_path / 'data', packed(tree, tmp_path / 'COD10K-v3.zip'))
        assert written == 6 and 'COD10K-CAM-3' in plan.pairs
        assert list(plan.left_out.values()).count('not COD10K-CAM-*') == 4


def test_parts_of_dis5k_do_not_mix(tmp_path):
    parts = [name for name in STANDARD_SETS if name.startswith('DIS-')]
    for name in parts:
        write_tree(name, tmp_path / 'DIS5K', seed=parts.index(name))
    archive = packed(tmp_path / 'DIS5K', tmp_path / 'DIS5K.zip', top='DIS5K')
    for name in parts:
        plan, written = prepare(name, tmp_path / 'data', archive)
        assert written == 6 and len(plan.left_out) == 6 * (len(parts) - 1)
        for kind in ('im/1.jpg', 'gt/1.png'):
            both = [tmp_path / top / name / kind for top in ('data/DIS5K', 'DIS5K')]
            assert both[0].read_bytes() == both[1].read_bytes()


def test_left_out_files_are_named_with_the_reason(tmp_path):
    tree = write_tree('DUTS-TE', tmp_path / 'tree')
    for name in (
        'DUTS-TE-Mask/msun_bcogaqperiljqupq.jpg',
        'DUTS-TE-Mask/extra.jpg',
        'DUTS-TE-Mask/ghost.png',
        'DUTS-TE-Image/maskless.jpg',
        'DUTS-TE-Image/Thumbs.db',
        '__MACOSX/DUTS-TE-Image/1.jpg',
        'DUTS-TE-Image/._1.jpg',
        'DUTS-TE-Image/.1.jpg',
        '.trash/DUTS-TE-Image/1.jpg',
        '@eaDir/DUTS-TE-Image/1.jpg',
        'readme.txt',
    ):
        (tree / name).parent.mkdir(exist_ok=True, parents=True)
        (tree / name).touch()
    (tree / 'DUTS-TE-Image/link.jpg').symlink_to('/etc/passwd')
    plan, written = prepare('DUTS-TE', tmp_path / 'data', tree)
    assert written == 6
    reasons = {str(Path(p).relative_to(tree)): why for p, why in plan.left_out.items()}
    assert reasons == {
        'DUTS-TE-Mask/msun_bcogaqperiljqupq.jpg': (
            'a stray mask beside the PNG masks, known in copies of DUTS-TE'
        ),
        'DUTS-TE-Mask/extra.jpg': 'not a .png file, as the masks are',
        'DUTS-TE-Mask/ghost.png': 'it has no image',
        'DUTS-TE-Image/maskless.jpg': 'it has no mask',
        'DUTS-TE-Image/Thumbs.db': 'written by the operating system',
        '__MACOSX/DUTS-TE-Image/1.jpg': 'written by the operating system',
        'DUTS-TE-Image/._1.jpg': 'written by the operating system',
        'DUTS-TE-Image/.1.jpg': 'hidden',
        '.trash/DUTS-TE-Image/1.jpg': 'hidden',
        '@eaDir/DUTS-TE-Image/1.jpg': 'written by the operating system',
        'DUTS-TE-Image/link.jpg': 'a link, not a file',
        'readme.txt': 'not in DUTS-TE-Image/ or DUTS-TE-Mask/',
    }


def test_an_interrupted_run_goes_on(tmp_path, monkeypatch):
    archive = packed(write_tree('SOD', tmp_path / 'tree'), tmp_path / 'SOD.tar.gz')
    root = tmp_path / 'data/SOD'
    plan = make_plan(TINY['SOD'], [archive])
    copied = []

    def stopped(file, copy):
        copied.append(copy.name)
        copy.write(file.read(10) if len(copied) == 4 else file.read())
        if len(copied) == 4:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr('srm_mmseg.datasets.prepare.write.shutil.copyfileobj', stopped)
        with pytest.raises(KeyboardInterrupt):
            write(plan, [archive], root)
    there = {path: path.stat().st_mtime_ns for path in root.rglob('*.*')}
    assert len(there) == 3 and not any(path.suffix == '.part' for path in there)
    cut, filled, _ = there
    cut.write_bytes(cut.read_bytes()[:-1])  # as of a full disk
    filled.write_bytes(bytes(len(filled.read_bytes())))  # as of a crash of the machine
    assert write(plan, [archive], root) == 5
    assert write(plan, [archive], root) == 0
    for path, time in there.items():
        assert (path.stat().st_mtime_ns == time) == (path not in (cut, filled))
    assert not unusable_pairs(plan, root)


def test_other_files_in_the_way(tmp_path):
    tree = write_tree('SOD', tmp_path / 'tree')
    other = tmp_path / 'data/SOD/masks/other.png'
    other.parent.mkdir(parents=True)
    other.touch()
    with pytest.raises(FileExistsError, match='SOD/masks.*1 other files: other.png'):
        prepare('SOD', tmp_path / 'data', tree)


def test_another_count(tmp_path):
    tree = write_tree('SOD', tmp_path / 'tree', count=2)
    (tree / 'masks/2.png').unlink()
    with pytest.raises(ValueError, match='Expected 300 pairs.*got 1: 2 images, 1 masks') as error:
        make_plan(STANDARD_SETS['SOD'], [tree])
    assert f'{tree}/images/2.jpg: it has no mask' in str(error.value)
    assert str(error.value).endswith('The set is offered on http://elderlab.yorku.ca/SOD.')


def test_a_file_twice(tmp_path):
    tree = write_tree('SOD', tmp_path / 'tree')
    write_tree('SOD', tree / 'copy')
    with pytest.raises(ValueError, match="one image named '[123]', but got .*copy/images"):
        make_plan(TINY['SOD'], [tree])


def test_pairs_that_cannot_be_used(tmp_path):
    tree = write_tree('SOD', tmp_path / 'tree')
    Image.new('L', (7, 9)).save(tree / 'masks/1.png')
    (tree / 'images/2.jpg').write_bytes(b'no image')
    sideways = Image.new('RGB', (32, 40))  # upright it is 40 x 32, as the mask of 3 is
    exif = sideways.getexif()
    exif[0x0112] = 6
    sideways.save(tree / 'images/3.jpg', exif=exif)
    plan, _ = prepare('SOD', tmp_path / 'data', tree)
    faults = unusable_pairs(plan, tmp_path / 'data/SOD')
    assert list(faults) == ['1', '2']
    assert faults['1'] == 'image of 40x30, mask of 7x9' and 'cannot be read' in faults['2']


def write_zip(path, files):
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    'name',
    ['../images/1.jpg', 'a/../../images/1.jpg', '/images/1.jpg', '..\\images\\1.jpg', 'C:/x'],
)
def test_names_that_lead_out_of_the_folder(name, tmp_path):
    archives = [write_zip(tmp_path / 'evil.zip', {'images/0.jpg': b'', name: b'x'})]
    if '\\' not in name:
        archives.append(tmp_path / 'evil.tar')
        with tarfile.open(archives[1], 'w') as archive:
            archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    for archive in archives:
        with pytest.raises(ValueError, match='which leads out of it'):
            prepare('SOD', tmp_path / 'data', archive)
    assert not (tmp_path / 'data').exists()


def test_links_in_archives_are_not_followed(tmp_path):
    link = zipfile.ZipInfo('images/1.jpg')
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    zipped = write_zip(tmp_path / 'link.zip', {link: b'/etc/passwd', 'masks/1.png': b''})
    tarred = tmp_path / 'link.tar'
    with tarfile.open(tarred, 'w') as archive:
        for kind, name in ((tarfile.SYMTYPE, 'images/1.jpg'), (tarfile.LNKTYPE, 'masks/1.png')):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, '/etc/passwd'
            archive.addfile(info)
    for source in (zipped, tarred):
        with pytest.raises(ValueError, match='1.jpg: a link, not a file'):
            make_plan(TINY['SOD'], [source])


@pytest.mark.parametrize(
    'limits, what',
    [
        (Limits(), 'bytes unpacked'),
        (Limits(file_bytes=1 << 20), 'bytes in a file'),
        (Limits(ratio=1e9, total_bytes=60 << 20), 'bytes unpacked'),
        (Limits(files=2), 'files'),
    ],
)
@pytest.mark.parametrize('kind', ['zip', 'tar.gz'])
def test_bombs(limits, what, kind, tmp_path):
    bomb = tmp_path / 'bomb'
    bomb.mkdir()
    for index in range(3):
        (bomb / f'{index}.jpg').write_bytes(bytes(25 << 20))
    archive = packed(bomb, tmp_path / f'bomb.{kind}', 'images')
    with pytest.raises(ValueError, match=f'Expected at most .* {what} of .*bomb.*fill the disk'):
        make_plan(TINY['SOD'], [archive], limits=limits)


def test_a_zip_that_lies_about_its_sizes(tmp_path):
    archive = packed(write_tree('SOD', tmp_path / 'tree'), tmp_path / 'SOD.zip')
    size = (tmp_path / 'tree/masks/2.png').stat().st_size
    data = archive.read_bytes()
    at = data.rfind(b'PK\x01\x02', 0, data.rfind(b'masks/2.png'))
    assert int.from_bytes(data[at + 24 : at + 28], 'little') == size
    archive.write_bytes(data[: at + 24] + (size - 9).to_bytes(4, 'little') + data[at + 28 :])
    with pytest.raises(ValueError, match='SOD.zip.*Download it again'):
        prepare('SOD', tmp_path / 'data', archive)
    assert not list((tmp_path / 'data').rglob('*.part'))
    assert not (tmp_path / 'data/SOD/masks/2.png').exists()


@pytest.mark.parametrize('kind', KINDS)
def test_a_download_cut_short(kind, tmp_path):
    archive = packed(write_tree('SOD', tmp_path / 'tree'), tmp_path / f'SOD.{kind}')
    content = archive.read_bytes().rstrip(b'\0')
    archive.write_bytes(content[: len(content) * 2 // 3])
    with pytest.raises(ValueError, match=r'SOD\..*(Download it again|cut short)'):
        prepare('SOD', tmp_path / 'data', archive)


def test_a_password(tmp_path):
    archive = write_zip(tmp_path / 'SOD.zip', {'images/1.jpg': b'x'})
    data = bytearray(archive.read_bytes())
    data[data.rfind(b'PK\x01\x02') + 8] |= 1
    archive.write_bytes(data)
    with pytest.raises(ValueError, match="'images/1.jpg' of .*SOD.zip' has one. Unpack it"):
        make_plan(TINY['SOD'], [archive])


def test_no_source_and_no_archive(tmp_path):
    with pytest.raises(FileNotFoundError, match='gone.zip.*Check the path'):
        make_plan(TINY['SOD'], [tmp_path / 'gone.zip'])
    (tmp_path / 'page.zip').write_text('<html>')
    with pytest.raises(ValueError, match='page.zip.*download it again'):
        make_plan(TINY['SOD'], [tmp_path / 'page.zip'])


def test_names_begin_with_the_archives(tmp_path):
    archive = write_zip(tmp_path / 'gt.zip.zip', {'a\\1.png': b'xyz'})
    (entry,) = entries(archive, Limits())
    assert entry.name == PurePosixPath('gt/a/1.png') and entry.size == 3
    assert not entry.is_link and entry.open
