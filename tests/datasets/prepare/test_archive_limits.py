"""Archives that take memory or time before a file comes out of them."""

import bz2
import gzip
import lzma
import struct
import subprocess
import sys
import tarfile
import time
import zipfile
import zlib

import pytest
from helpers import REPO

from srm_mmseg.datasets.prepare.archives import entries, named_if_corrupt
from srm_mmseg.datasets.prepare.limits import BadArchiveError, Limits
from srm_mmseg.datasets.prepare.unpacking_program import printed

OPEN = {'tar': open, 'tgz': gzip.open, 'tar.bz2': bz2.open, 'tar.xz': lzma.open}
HEADERS = {'long name': b'L', 'long link': b'K', 'pax': b'x', 'global pax': b'g', 'Solaris': b'X'}


def block(kind: bytes, size: int, **changes: bytes) -> bytes:
    """Make a header block of a tar; ``changes`` are bytes by 'at' + their place."""
    info = tarfile.TarInfo('a')
    info.type, info.size = kind, size
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    for place, data in changes.items():
        start = int(place.removeprefix('at'))
        header[start : start + len(data)] = data
    header[148:156] = b' ' * 8
    header[148:156] = b'%06o\0 ' % sum(header)
    return bytes(header)


def pax(**records: str) -> bytes:
    info = tarfile.TarInfo('a')
    info.pax_headers = records
    return info.tobuf(tarfile.PAX_FORMAT)


def read(path, limits=Limits()):
    return [entry.name for entry in entries(path, limits)]


@pytest.mark.parametrize('suffix', OPEN)
@pytest.mark.parametrize('kind', HEADERS)
def test_a_header_of_a_gigabyte(kind, suffix, tmp_path):
    path = tmp_path / f'a.{suffix}'
    with OPEN[suffix](path, 'wb') as file:
        file.write(block(HEADERS[kind], 1000 << 20) + bytes(1 << 20))
    with pytest.raises(BadArchiveError, match=r'1048576 bytes of headers .*a\.t.*got 1048576000'):
        read(path)


def test_headers_are_not_read_before_the_limit(tmp_path):
    """The 100 MB are there, in a file of 100 kB."""
    path = tmp_path / 'a.tgz'
    with gzip.open(path, 'wb') as file:
        file.write(block(b'L', 100 << 20))
        for _ in range(100):
            file.write(bytes(1 << 20))
    code = (
        'import sys; sys.argv[1:] = ["ECSSD", sys.argv[1], "--out", sys.argv[2]]\n'
        'import prepare_dataset\nfrom srm_mmseg.engine.peak_memory import peak_memory\n'
        'before = peak_memory()\n'
        'try: prepare_dataset.main()\n'
        'finally: print(peak_memory() - before >> 20)'
    )
    done = subprocess.run(
        [sys.executable, '-c', code, path, tmp_path / 'out'],
        env={'PYTHONPATH': f'{REPO}:{REPO / "tools"}'},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and int(done.stdout) < 20
    assert done.stderr.startswith('error: Expected at most') and done.stderr.count('\n') == 1


CROOKED = {
    'many headers in a row': b''.join(block(b'L', 9) + bytes(512) for _ in range(3000)),
    'global headers that add up': b''.join(
        block(b'g', 100 << 10) + bytes(100 << 10) + block(b'0', 0) for _ in range(12)
    ),
    'a sparse map without end': block(b'S', 0, at482=b'\1') + (bytes(504) + b'\1' + bytes(7)) * 99,
    'a sparse map in pax': pax(**{'GNU.sparse.major': '1', 'GNU.sparse.minor': '0'}),
    'an older sparse map in pax': pax(**{'GNU.sparse.map': '0,1,' * 999, 'GNU.sparse.size': '1'}),
    'a size below 0': block(b'0', 0, at124=b'\xff' * 10 + b'\xfc\0') * 9,
    'a pax size below 0': pax(size='-1024') * 9,
    'a name of a megabyte': block(b'L', 1 << 19) + b'a' * (1 << 19) + block(b'0', 0),
}


@pytest.mark.parametrize('what', CROOKED)
def test_crooked_tars(what, tmp_path):
    path = tmp_path / 'a.tar'
    path.write_bytes(CROOKED[what] + bytes(10240))
    start = time.perf_counter()
    with pytest.raises(BadArchiveError, match=r'a\.tar'):
        read(path)
    assert time.perf_counter() - start < 2


def test_names_count_as_bytes(tmp_path):
    path = tmp_path / 'a.tgz'
    with gzip.open(path, 'wb') as file:
        for _ in range(300):
            file.write(block(b'L', 4000) + b'a' * 4000 + bytes(96) + block(b'0', 0))
    with pytest.raises(BadArchiveError, match='bytes unpacked'):
        read(path, Limits(file_bytes=1 << 20))


def test_xz_with_a_dictionary_of_half_a_gigabyte(tmp_path):
    stream = bytearray(lzma.compress(block(b'0', 0) + bytes(10240)))
    at = 12 + 4  # of the dictionary's size in the first block header, then its checksum
    assert stream[at - 2 : at] == b'\x21\x01'
    stream[at] = 34  # 512 MB
    stream[20:24] = struct.pack('<L', zlib.crc32(bytes(stream[12:20])))
    (tmp_path / 'a.tar.xz').write_bytes(stream)
    with pytest.raises(BadArchiveError, match='a.tar.xz.*Memory usage limit'):
        read(tmp_path / 'a.tar.xz')


def end_of_zip(entries: int, length: int) -> bytes:
    return struct.pack('<4s4H2LH', b'PK\5\6', 0, 0, entries, entries, length, 0, 0)


def test_zips_with_long_lists(tmp_path):
    path = tmp_path / 'a.zip'
    entry = struct.pack('<4s42x', b'PK\1\2')
    path.write_bytes(entry * 3 + end_of_zip(1, 3 * len(entry)))
    with pytest.raises(BadArchiveError, match='at most 2 files of .*a.zip.*got 3'):
        read(path, Limits(files=2))
    with pytest.raises(BadArchiveError, match='at most 100 bytes of .*a.zip.*got 138'):
        read(path, Limits(directory_bytes=100))
    path.write_bytes(
        struct.pack('<4sQ2H2L4Q', b'PK\6\6', 44, 45, 45, 0, 0, 1, 1, 1 << 40, 0)
        + struct.pack('<4sLQL', b'PK\6\7', 0, 0, 1)
        + end_of_zip(0xFFFF, 0xFFFFFFFF)
    )
    with pytest.raises(BadArchiveError, match='a.zip'):  # a list of a terabyte
        read(path)


@pytest.mark.parametrize('method', [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zips_whose_blocks_are_unpacked_at_once(method, tmp_path):
    with zipfile.ZipFile(tmp_path / 'a.zip', 'w', method) as archive:
        archive.writestr('a', bytes(1 << 20))
    with pytest.raises(BadArchiveError, match=f"'a' of .*a.zip.*compression {method}"):
        read(tmp_path / 'a.zip')


def test_zip_entries_that_share_their_bytes(tmp_path):
    path = tmp_path / 'a.zip'
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
        archive.writestr('a', bytes(1 << 20))
    data = path.read_bytes()
    begin, end = data.index(b'PK\1\2'), data.index(b'PK\5\6')
    many = data[begin:end] * 99
    path.write_bytes(data[:begin] + many + end_of_zip(99, len(many))[:16] + data[end + 16 :])
    with pytest.raises(BadArchiveError, match='a.zip'):
        read(path, Limits(file_bytes=1 << 20))


@pytest.mark.parametrize(
    'script, fault',
    [
        ('sleep 9', 'printed nothing for 0.3 s'),
        ('echo a; exec >&-; sleep 9', 'did not end for 0.3 s'),
        ('yes', 'prints more than the files'),
        ('echo no such archive >&2; exit 3', 'failed: no such archive'),
    ],
)
def test_programs_that_misbehave(script, fault):
    start = time.perf_counter()
    with pytest.raises(EOFError, match=fault):
        with printed('/bin/sh', '-c', script, silence=0.3) as stream:
            stream.read(1)
    assert time.perf_counter() - start < 5


def test_a_program_that_fills_the_memory():
    code = 'a = bytearray(3 << 30)'
    with pytest.raises(EOFError, match='MemoryError'), printed(sys.executable, '-c', code):
        pass


def test_a_file_at_a_place_that_no_archive_has(tmp_path):
    path = tmp_path / 'a.zip'
    with zipfile.ZipFile(path, 'w') as archive:
        archive.writestr('a', b'x')
    data = path.read_bytes()
    begin, end = data.index(b'PK\1\2'), data.index(b'PK\5\6')
    extra = struct.pack('<2HQ', 1, 8, 2**63 + 5)
    row = bytearray(data[begin:end] + extra)
    row[30:32], row[42:46] = struct.pack('<H', len(extra)), b'\xff' * 4
    path.write_bytes(data[:begin] + row + end_of_zip(1, len(row))[:16] + data[end + 16 :])
    with pytest.raises(BadArchiveError, match='a.zip.*Download it again'), named_if_corrupt(path):
        for entry in entries(path, Limits()):
            entry.open().read()
    with pytest.raises(OSError, match='No space'), named_if_corrupt(path):
        raise OSError(28, 'No space left on device')
