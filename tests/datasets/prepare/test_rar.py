"""Rar archives, which other programs unpack."""

from pathlib import Path

import pytest
from sod_trees import write_tree
from tiny_archives import TINY, packed, prepare

from srm_mmseg.datasets.prepare.plan import make_plan


def program(folder: Path, name: str, script: str, monkeypatch) -> None:
    """Put a stand-in for a program on a path that has no other one."""
    (folder / name).write_text(f'#!/bin/sh\n{script}')
    (folder / name).chmod(0o755)
    monkeypatch.setenv('PATH', str(folder))


@pytest.fixture
def rar(tmp_path):
    """A file that is a rar archive by its first bytes, and the same files as a tar."""
    tree = write_tree('HKU-IS', tmp_path / 'HKU-IS')
    packed(tree, tmp_path / 'same.tar', 'HKU-IS')
    (tmp_path / 'HKU-IS.rar').write_bytes(b'Rar!' + bytes(9999))
    (tmp_path / 'bin').mkdir()
    return tmp_path / 'HKU-IS.rar'


def test_rar_through_bsdtar(rar, tmp_path, monkeypatch):
    script = f'[ "$*" = "-cf - @{rar}" ] && exec /bin/cat {tmp_path}/same.tar'
    program(tmp_path / 'bin', 'bsdtar', script, monkeypatch)
    assert prepare('HKU-IS', tmp_path / 'data', rar)[1] == 6
    program(tmp_path / 'bin', 'bsdtar', f'/bin/cat {tmp_path}/same.tar; exit 1', monkeypatch)
    with pytest.raises(ValueError, match='HKU-IS.rar.*bsdtar failed'):
        prepare('HKU-IS', tmp_path / 'data', rar)


def test_rar_through_unrar(rar, tmp_path, monkeypatch):
    blocks = [f'Archive: {rar}\nDetails: RAR 5', '        Name: HKU-IS\n        Type: Directory']
    for path in sorted((tmp_path / 'HKU-IS').rglob('*.png')):
        name, size = path.relative_to(tmp_path), path.stat().st_size
        blocks.append(f'        Name: {name}\n        Type: File\n        Size: {size}')
    (tmp_path / 'listing').write_text('\n\n'.join(blocks))
    script = (
        f'case "$1" in lt) exec /bin/cat {tmp_path}/listing;;\n'
        f'p) exec /bin/cat "{tmp_path}/$5";; esac'
    )
    program(tmp_path / 'bin', 'unrar', script, monkeypatch)
    assert prepare('HKU-IS', tmp_path / 'data', rar)[1] == 6
    files = [path for path in (tmp_path / 'data/HKU-IS').rglob('*') if path.is_file()]
    for path in files:
        same = tmp_path / 'HKU-IS' / path.relative_to(tmp_path / 'data/HKU-IS')
        assert path.read_bytes() == same.read_bytes()
    assert len(files) == 6


def test_rar_without_a_program(rar, tmp_path, monkeypatch):
    monkeypatch.setenv('PATH', str(tmp_path / 'bin'))
    with pytest.raises(FileNotFoundError, match='bsdtar or unrar.*libarchive-tools.*by hand'):
        make_plan(TINY['HKU-IS'], [rar])
