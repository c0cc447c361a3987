"""Bring a checkpoint that is named by URL to this machine, unread.

MMEngine's own loaders of these schemes download and unpickle in one step. Here each has a function
that brings the file alone.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlparse

import torch
from mmengine.dist import barrier, get_rank
from mmengine.fileio import get_file_backend
from mmengine.runner import checkpoint as toolbox

_HASH = re.compile(r'-([0-9a-f]{8,})\.')


def download(url: str, check_hash: bool = False) -> Path:
    """Bring a file to PyTorch's cache, ``~/.cache/torch/hub/checkpoints``, unless it is there.

    Args:
        url: Its address. A name with a hash, such as ``resnet50-0676ba61.pth``, is kept, as such
            names are used once; to other names the address' own hash is added.
        check_hash: Whether the name's hash is that of the contents. A file that differs is not kept.

    Returns:
        The file.

    Raises:
        OSError: If it cannot be downloaded.
        RuntimeError: If its hash differs.
    """
    name = Path(urlparse(url).path).name
    found = _HASH.search(name)
    if not found:
        name = f'{sha256(url.encode()).hexdigest()[:8]}-{name[-200:]}'
    path = Path(torch.hub.get_dir(), 'checkpoints', name)
    try:
        if get_rank() == 0:
            _fetch(url, path, found[1] if found and check_hash else None)
    finally:  # the others wait for the first, whether it succeeds or not
        barrier()
    _fetch(url, path, found[1] if found and check_hash else None)
    return path


def _fetch(url: str, path: Path, hash_prefix: str | None) -> None:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(url, str(path), hash_prefix, progress=sys.stderr.isatty())


@contextmanager
def _http(name: str) -> Iterator[Path]:
    yield download(name)


@contextmanager
def _torchvision(name: str) -> Iterator[Path]:
    urls = toolbox.get_torchvision_models()
    yield download(_listed(name, urls), check_hash=True)


@contextmanager
def _openmmlab(name: str) -> Iterator[Path]:
    scheme, _, model = name.partition('://')
    model = toolbox.get_deprecated_model_names().get(model, model)
    url = _listed(f'{scheme}://{model}', toolbox.get_external_models())
    is_web = url.startswith(('http://', 'https://'))
    yield download(url) if is_web else Path(toolbox._get_mmengine_home(), url)


@contextmanager
def _mmcls(name: str) -> Iterator[Path]:
    yield download(_listed(name, toolbox.get_mmcls_models()))


@contextmanager
def _ceph(name: str) -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        path = Path(folder, 'checkpoint')
        path.write_bytes(get_file_backend(name, backend_args=dict(backend='petrel')).get(name))
        yield path


@contextmanager
def _pavi(name: str) -> Iterator[Path]:
    from pavi import modelcloud

    model = modelcloud.get(name.partition('://')[2])
    with TemporaryDirectory() as folder:
        path = Path(folder, 'checkpoint')
        model.download(str(path))
        yield path


def _listed(name: str, urls: dict[str, str]) -> str:
    """Look up the address of ``scheme://model``."""
    scheme, _, model = name.partition('://')
    if model not in urls:
        raise ValueError(
            f'Expected one of the {len(urls)} models of {scheme}://, but got {name!r}.'
        )
    return urls[model]


BRINGS: dict[Callable, Callable[[str], AbstractContextManager[Path]]] = {
    toolbox.load_from_http: _http,
    toolbox.load_from_torchvision: _torchvision,
    toolbox.load_from_openmmlab: _openmmlab,
    toolbox.load_from_mmcls: _mmcls,
    toolbox.load_from_ceph: _ceph,
    toolbox.load_from_pavi: _pavi,
}
"""What brings the file that a loader of the toolbox would unpickle."""
