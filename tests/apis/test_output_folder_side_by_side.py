"""Runs side by side, and killed ones."""

import os
import shutil
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from drawn_folders import KINDS, draw, note, opened

from srm_mmseg.apis import output_folder, output_note


def run_alone(out, origins):
    draw(opened(out, KINDS), origins)


def run_many(out, folder, count):
    """A run of as many pictures as a note takes writes; the next note is written at once."""
    output_folder.SAVE_SECONDS = 0
    output_folder.SAVE_SHARE = 1e9
    run_alone(out, {f'{folder.name}{i}.png': str(folder / str(i)) for i in range(count)})


def test_runs_side_by_side_lose_nothing(tmp_path):
    """Ten pairs of runs, each of which writes its note after each of six pictures."""
    for name in 'pq':
        (tmp_path / name).mkdir()
        for index in range(6):
            (tmp_path / name / str(index)).write_text(f'{name}{index}')
    with ProcessPoolExecutor(2, get_context('fork')) as pool:
        for pair in range(10):
            out = tmp_path / f'out{pair}'
            runs = [pool.submit(run_many, out, tmp_path / name, 6) for name in 'pq']
            [run.result() for run in runs]
            assert len(note(out)['sources']) == 12
            assert all('sha256' in one for one in note(out)['sources'].values())
            assert sorted(path.name for path in out.iterdir() if path.name[0] != '.') == [
                'cutout',
                'map',
                'model.json',
            ]
            shutil.rmtree(out)


def test_runs_of_the_same_files_side_by_side(photos, tmp_path):
    with ProcessPoolExecutor(3, get_context('fork')) as pool:
        for turn in range(4):
            out = tmp_path / f'out{turn}'
            runs = [pool.submit(run_alone, out, photos) for _ in range(3)]
            [run.result() for run in runs]
            assert opened(out, KINDS).claim(photos) == []
            assert {path.name for path in (out / 'map').iterdir()} == photos.keys()
            assert (out / 'cutout/a.png').read_text() == 'cutoutaaaaa'


def hold_lock_and_die(note):
    with output_note.locked(note):
        os.kill(os.getpid(), 9)


def test_a_killed_run_holds_no_lock(photos, out):
    process = get_context('fork').Process(target=hold_lock_and_die, args=(out / 'model.json',))
    process.start()
    process.join()
    assert process.exitcode == -9 and (out / '.model.json.lock').exists()
    assert draw(opened(out), photos) == list(photos)
