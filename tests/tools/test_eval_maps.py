import csv
import json
import shutil

import cv2
import numpy as np
import pytest
from helpers import run
from wcwidth import wcswidth

from srm_mmseg.cli.eval_maps import main, methods
from srm_mmseg.evaluation.latex_table import escaped
from srm_mmseg.evaluation.measures import MEASURES


@pytest.fixture
def folders(tmp_path):
    """Masks, and the maps of two methods: the masks blurred, and noise."""
    rng = np.random.default_rng(0)
    for name in ('gt', 'blur', 'noise'):
        (tmp_path / name).mkdir()
    for index in range(4):
        mask = np.zeros((40, 50 + index), np.uint8)
        mask[10:30, 5 + index : 40] = 255
        noise = rng.integers(0, 256, mask.shape, dtype=np.uint8)
        cv2.imwrite(str(tmp_path / f'gt/{index}.png'), mask)
        cv2.imwrite(str(tmp_path / f'blur/{index}.png'), cv2.GaussianBlur(mask, (0, 0), 3))
        cv2.imwrite(str(tmp_path / f'noise/{index}.png'), noise)
    return tmp_path


def eval_maps(folders, *args, check=True, predictions=('blur',)):
    named = [arg for name in predictions for arg in ('--pred', folders / name)]
    command = ('python', 'tools/eval_maps.py', '--gt', folders / 'gt', *named)
    return run(*command, '--json', folders / 'out.json', *args, check=check)


def scores(folders):
    return json.loads((folders / 'out.json').read_text())


def error(folders, *args):
    done = eval_maps(folders, *args, check=False)
    assert done.returncode == 1 and 'Traceback' not in done.stderr
    return done.stderr


def test_two_methods_in_every_output(folders):
    done = eval_maps(
        folders,
        *('--csv', folders / 'out.csv', '--latex', folders / 'tables/out.tex'),
        *('--plots', folders / 'plots', '--jobs', 2),
        predictions=('blur', 'noise'),
    )
    found = scores(folders)
    assert list(found) == ['blur', 'noise']
    assert tuple(found['blur'])[:10] == MEASURES and found['blur']['n'] == 4
    assert found['blur']['MAE'] < found['noise']['MAE']
    for name in found:
        assert f'{found[name]["Sm"]:.4f}' in done.stdout
    assert 'min-max normalised; masks > 128; beta^2 = 0.3' in done.stdout
    rows = {row['method']: row for row in csv.DictReader((folders / 'out.csv').open())}
    assert float(rows['noise']['wF']) == found['noise']['wF']
    latex = (folders / 'tables/out.tex').read_text()
    assert rf'blur & \textbf{{{found["blur"]["MAE"]:.3f}}} & ' in latex
    assert f'noise & {found["noise"]["MAE"]:.3f} & ' in latex and 'missing' not in latex
    names = sorted(path.name for path in (folders / 'plots').iterdir())
    assert names == ['f_threshold.pdf', 'f_threshold.png', 'pr.pdf', 'pr.png']
    assert cv2.imread(str(folders / 'plots/pr.png')).std() > 0
    assert '4/4' in done.stderr


def test_a_mask_without_a_map(folders):
    (folders / 'blur/2.png').unlink()
    assert 'each of 4 masks, but none for 1: 2. ' in error(folders)
    done = eval_maps(
        folders,
        *('--allow-missing', '--csv', folders / 'out.csv'),
        *('--latex', folders / 'out.tex', '--plots', folders / 'plots'),
    )
    assert scores(folders)['blur']['n'] == 3 and scores(folders)['blur']['missing'] == 1
    assert 'missing' in done.stdout
    assert next(csv.DictReader((folders / 'out.csv').open()))['missing'] == '1'
    assert 'blur: 1 of 4 maps missing' in (folders / 'out.tex').read_text()


def test_no_map_at_all(folders):
    for path in (folders / 'blur').iterdir():
        path.rename(path.with_name(f'sal_{path.name}'))
    assert 'none for 4: 0, 1, 2, 3' in error(folders, '--allow-missing')


def test_a_map_without_a_mask_is_a_warning(folders):
    shutil.copy(folders / 'blur/0.png', folders / 'blur/extra.png')
    done = eval_maps(folders)
    assert 'warning: 1 map in' in done.stderr and 'not scored: extra.' in done.stderr
    assert scores(folders)['blur']['n'] == 4


def test_a_map_of_another_size_is_resized_and_counted(folders):
    path = str(folders / 'blur/1.png')
    cv2.imwrite(path, cv2.imread(path, cv2.IMREAD_UNCHANGED)[::2, ::2])
    eval_maps(folders)
    assert scores(folders)['blur']['resized'] == 1


def test_a_broken_map_is_named(folders):
    path = folders / 'blur/3.png'
    path.write_bytes(path.read_bytes()[:60])
    assert str(path) in error(folders, '--jobs', 2)


def test_masks_at_another_threshold(folders):
    for path in (folders / 'gt').iterdir():
        cv2.imwrite(str(path), cv2.imread(str(path), cv2.IMREAD_UNCHANGED) // 255 * 127 + 1)
    eval_maps(folders)
    assert scores(folders)['blur']['maxF'] == 0  # at 128 the masks are empty
    done = eval_maps(folders, '--gt-threshold', 127)
    assert scores(folders)['blur']['maxF'] > 0.9 and 'masks > 127' in done.stdout


def test_options(folders):
    shutil.copy(folders / 'gt/0.png', folders / 'gt/photo.jpg')
    eval_maps(folders, '--metrics', 'wF', 'MAE', '--gt-suffix', '.png', '--no-normalize')
    found = scores(folders)['blur']
    assert list(found)[:3] == ['MAE', 'wF', 'n'] and found['normalize'] is False


def test_names_of_methods(tmp_path):
    (tmp_path / 'A').mkdir()
    (tmp_path / 'x=y').mkdir()
    paths = [str(tmp_path / 'A'), f'B={tmp_path}/A', str(tmp_path / 'x=y')]
    assert methods(paths) == {'A': paths[0], 'B': paths[0], 'x=y': paths[2]}
    assert methods([f'{"方" * 300}={paths[0]}']) == {'方' * 300: paths[0]}
    with pytest.raises(ValueError, match="got 'A' for .*write --pred NAME=DIR"):
        methods([paths[0], f'A={tmp_path}'])


def test_names_of_any_bytes(folders, monkeypatch, capsys):
    """Of the method, of its maps, and of one that is missing; each output is text."""
    odd = folders / 'm\udce9\x1b[31m'
    (folders / 'blur').rename(odd)
    (folders / 'gt/0.png').rename(folders / 'gt/caf\udce9.png')
    (odd / '0.png').rename(odd / 'caf\udce9.png')
    (odd / '1.png').rename(odd / f'{"字" * 80}.png')
    outputs = [folders / f'out.{suffix}' for suffix in ('json', 'csv', 'tex')]
    flags = zip(('--json', '--csv', '--latex', '--plots'), (*outputs, folders / 'plots'))
    command = ['eval_maps.py', '--gt', folders / 'gt', '--pred', odd, '--allow-missing']
    command += [arg for flag in flags for arg in flag]
    monkeypatch.setattr('sys.argv', list(map(str, command)))
    main()
    output = capsys.readouterr()
    for text in (output.out, *(path.read_text('utf-8') for path in outputs[:2])):
        assert 'm\\udce9\\x1b[31m' in text.replace('\\\\', '\\')
    assert r'm\textbackslash{}udce9' in outputs[2].read_text('utf-8')
    assert '字' * 80 in output.err and '\x1b[31m' not in output.out
    (odd / 'caf\udce9.png').unlink()
    with pytest.raises(SystemExit, match=r'none for 3|caf\\udce9'):
        monkeypatch.setattr('sys.argv', list(map(str, command[:5])))
        main()


def test_names_are_shown_as_they_are_written(folders):
    names = ('_ours', r'b$\frac$', '方法', 'a\nb')
    predictions = [arg for name in names for arg in ('--pred', f'{name}={folders}/noise')]
    done = eval_maps(
        folders,
        *predictions,
        *('--csv', folders / 'out.csv', '--latex', folders / 'out.tex', '--plots', folders / 'p'),
        *('--metrics', 'MAE', 'maxF'),
    )
    shown = ['blur', '_ours', r'b$\frac$', '方法', r'a\nb']
    assert list(scores(folders)) == shown
    assert [row['method'] for row in csv.DictReader((folders / 'out.csv').open())] == shown
    latex = (folders / 'out.tex').read_text()
    assert all(f'\n{escaped(name)} & ' in latex for name in shown) and 'XeLaTeX' in latex
    table = [line for line in done.stdout.splitlines() if line.startswith(('|', '+'))]
    assert len({wcswidth(line) for line in table}) == 1 and len(table) == len(shown) + 4
    assert len(list((folders / 'p').iterdir())) == 4


def test_a_place_that_cannot_be_written_to(folders):
    (folders / 'file').write_text('')
    message = error(folders, '--plots', folders / 'file/plots')
    assert message.splitlines()[-1].startswith('error: ') and 'file/plots' in message


def test_published_maps_score_as_the_reference_says(shared, tmp_path):
    folder = shared / 'data/SOD60'
    run(
        *('python', 'tools/eval_maps.py', '--gt', folder / 'gt', '--pred', folder / 'pred'),
        *('--json', tmp_path / 'out.json'),
    )
    found = json.loads((tmp_path / 'out.json').read_text())['pred']
    expected = json.loads((folder / 'expected.json').read_text())['summary']
    names = dict(Smeasure='Sm', wFmeasure='wF', maxF_mean_curve='maxF', maxF_mean_pr='maxF_pr')
    for name in ('n', 'MAE', 'meanF', 'adpF', 'maxE', 'meanE', 'adpE'):
        names[name] = name
    for theirs, ours in names.items():
        assert found[ours] == pytest.approx(expected[theirs], abs=1e-6), ours
