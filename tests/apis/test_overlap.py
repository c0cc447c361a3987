"""Where outputs would be taken for inputs, and where they would not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from srm_mmseg.apis.overlap import (
    refuse_in_folders,
    refuse_in_pattern,
    refuse_pictures_as_inputs,
)
from srm_mmseg.apis.sources import files

KINDS = ('map', 'cutout')


@pytest.fixture(autouse=True)
def tree(tmp_path, monkeypatch):
    """``in`` with a photograph and links, and ``linked``, which leads to it."""
    (tmp_path / 'in/deep').mkdir(parents=True)
    (tmp_path / 'in/a.png').touch()
    (tmp_path / 'in/deep/b.png').touch()
    (tmp_path / 'in/away').symlink_to(tmp_path / 'elsewhere')  # which is not there yet
    (tmp_path / 'linked').symlink_to('in')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(given, out, names=('a.png', 'deep/b.png')):
    """Look at an input as the tool does."""
    out, entered = Path(out), set()
    listed = [one.path for one in files(given, entered) if not one.is_hidden]
    refuse_pictures_as_inputs(out, KINDS, listed)
    refuse_in_folders(out, KINDS, given, entered)
    if not os.path.lexists(given):
        refuse_in_pattern(out, [out / 'map' / name for name in names], given)


INSIDE = [
    ('in', 'in'),
    ('in', 'in/out'),
    ('in', 'linked/out'),
    ('linked', 'in/out'),
    ('in', 'in/deep/../out'),
    ('in', 'elsewhere'),
    ('in', 'elsewhere/deeper'),
    ('in/**/*.png', 'in/out'),
    ('in/**/*.png', 'in'),
    ('in/**', 'in/deep/out'),
    ('**/*.png', 'out'),
    ('**', '.'),
    ('*', '.'),
    ('*', 'out'),
    ('./*', 'out'),
    ('in/*', 'in/out'),
    ('in/o*', 'in/out'),
    ('in/*/*/*.png', 'in/out'),
    ('in/*/map', 'in/out'),
    ('in/**/a.png', 'in/out'),
    ('in/out/**/[ab].png', 'in/out'),
    ('linked/**/*.png', 'in/out'),
    ('in/**/*.png', 'linked/out'),
    ('in/../in/**/*.png', 'in/out'),
    ('in/**/*.png', 'in/../linked/./out'),
    ('in/**/*.png', 'elsewhere'),
    ('in/*/map/*.png', 'elsewhere'),
    ('*/out/**/*.png', 'in/out'),
    ('in/**/deep/*.png', 'in/out'),
]


@pytest.mark.parametrize('absolute', [False, True])
@pytest.mark.parametrize('given, out', INSIDE)
def test_outputs_that_would_become_inputs(tree, given, out, absolute):
    with pytest.raises(ValueError, match='outside of the input.*take its pictures'):
        check(f'{tree}/{given}' if absolute else given, out)
    with pytest.raises(ValueError, match='outside of the input.*take its pictures'):
        check(given, tree / out if absolute else out)


OUTSIDE = [
    ('in', 'out'),
    ('in', 'in2'),
    ('in/a.png', 'in'),
    ('in/*.png', 'in/out'),
    ('*.png', 'out'),
    ('in/**/*.jpg', 'in/out'),
    ('in/**/x*.png', 'in/out'),
    ('in/*/*.png', 'in/out'),
    ('in/d*', 'in/out'),
    ('in/**/*.png', 'in/.out'),
    ('in/**/*.png', 'out'),
    ('in/deep/**', 'in/out'),
    ('in/**/*.png', 'inside'),
    ('gone/**/*.png', 'in/out'),
]


@pytest.mark.parametrize('given, out', OUTSIDE)
def test_outputs_that_stay_outputs(tree, given, out):
    check(given, out)
    check(f'{tree}/{given}', out)
    check(given, tree / out)


@pytest.mark.parametrize('given', ['in', 'in/**/*.png', 'in/*'])
def test_a_folder_of_outputs_that_a_link_leads_to(tree, given):
    (tree / 'elsewhere').mkdir()
    with pytest.raises(ValueError, match='outside of the input'):
        check(given, 'elsewhere')


@pytest.mark.parametrize('given', ['out/map/a.png', 'link.png', 'pictures/a.png', 'out/map/*.png'])
def test_pictures_are_no_inputs(tree, given):
    (tree / 'out/map').mkdir(parents=True)
    (tree / 'out/map/a.png').touch()
    (tree / 'link.png').symlink_to('out/map/a.png')
    (tree / 'pictures').symlink_to('out/map')
    with pytest.raises(ValueError, match="Expected photographs.*where --out 'out'"):
        check(given, 'out')


def test_pictures_that_would_replace_photographs(tree):
    (tree / 'out').mkdir()
    (tree / 'out/map').symlink_to('../in')
    with pytest.raises(ValueError, match="Expected photographs.*in/a.png.*where --out 'out'"):
        check('in/a.png', 'out')


BOUND = """
import sys
sys.path[:0] = sys.argv[1:3]
from test_overlap import check
for given, out, is_refused in (
    ('in', 'bound', True),
    ('in', 'bound/out', True),
    ('bound', 'in/out', True),
    ('in', 'below', True),
    ('in/**/*.png', 'bound/out', True),
    ('in/**/*.png', 'below/out', True),
    ('bound/*/*/*.png', 'in/out', True),
    ('in/*.png', 'bound', False),
    ('below', 'bound', False),
):
    try:
        check(given, out)
        refused = False
    except ValueError:
        refused = True
    assert refused == is_refused, (given, out, refused)
"""


def test_a_folder_that_is_mounted_elsewhere_is_the_same(tree):
    for name in ('bound', 'below'):
        (tree / name).mkdir()
    mounts = 'mount --bind in bound && mount --bind in/deep below'
    private = ('unshare', '--map-root-user', '--mount', 'sh', '-c')
    if subprocess.run([*private, mounts], capture_output=True).returncode:
        pytest.skip('this machine lets nobody mount folders')
    (tree / 'try.py').write_text(BOUND)
    repository = Path(__file__).parents[2]
    command = f'{mounts} && exec "$0" try.py "$@"'
    done = subprocess.run(
        [*private, command, sys.executable, repository, Path(__file__).parent],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
