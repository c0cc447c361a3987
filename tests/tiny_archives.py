"""Archives of three pairs in the official layouts."""

import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

from srm_mmseg.datasets.prepare.plan import make_plan
from srm_mmseg.datasets.prepare.write import write
from srm_mmseg.datasets.standard_sets import STANDARD_SETS

TINY = {name: replace(layout, num_pairs=3) for name, layout in STANDARD_SETS.items()}


def packed(folder: Path, archive: Path, top: str = '') -> Path:
    """Pack a folder's files, below the folder ``top``, into an archive of the suffix's kind."""
    files = sorted(path for path in folder.rglob('*') if path.is_file())
    if archive.suffix == '.zip':
        with zipfile.ZipFile(archive, 'w', zipfile.ZIP_DEFLATED) as out:
            for path in files:
                out.write(path, Path(top, path.relative_to(folder)))
    else:
        mode = archive.suffix[1:] if archive.suffix != '.tar' else ''
        with tarfile.open(archive, f'w:{mode}') as out:
            for path in files:
                out.add(path, Path(top, path.relative_to(folder)))
    return archive


def prepare(name, out, *sources, **kwargs):
    plan = make_plan(TINY[name], sources, **kwargs)
    return plan, write(plan, sources, out / TINY[name].root)
