"""Archives, changed at random: every file comes out, or one line says why not."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest
from fuzzing import SECONDS, changed, fuzz

from srm_mmseg.datasets.prepare.archives import entries, named_if_corrupt
from srm_mmseg.datasets.prepare.limits import BadArchiveError, Limits

FILES = {'images/1.jpg': b'one' * 99, 'masks/' + 'deep/' * 40 + '1.png': b'two', 'ü.txt': b''}


def tar(format: int) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode='w', format=format) as archive:
        for name, content in FILES.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()[:6144]


def zipped(method: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w', method) as archive:
        for name, content in FILES.items():
            archive.writestr(name, content)
    return file.getvalue()


def archives() -> list[bytes]:
    plain = [tar(tarfile.GNU_FORMAT), tar(tarfile.PAX_FORMAT)]
    packed = [pack(plain[1]) for pack in (gzip.compress, bz2.compress, lzma.compress)]
    zips = [zipped(method) for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)]
    return [*plain, *packed, *zips, *zips]


@pytest.mark.parametrize('seconds', [0, pytest.param(SECONDS, marks=pytest.mark.long)])
def test_archives(seconds, tmp_path):
    path = tmp_path / 'a.archive'

    def check(data: bytes) -> str:
        path.write_bytes(data)
        try:
            for entry in entries(path, Limits()):
                with named_if_corrupt(path):
                    if not entry.is_link:
                        with entry.open() as file:
                            assert len(file.read(1 << 20)) <= entry.size
        except BadArchiveError as error:
            assert 'a.archive' in str(error) and '\n' not in str(error)[:99]
            return 'refused'
        return 'read'

    fuzz(check, changed(archives()), seconds)
