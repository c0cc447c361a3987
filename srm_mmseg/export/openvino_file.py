"""Write a file as OpenVINO's IR."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from srm_mmseg.export.description import DIGEST, KEY, Description
from srm_mmseg.export.installed import require


def write_openvino(source: Path, description: Description, path: Path, half: bool = False) -> None:
    """Convert an ONNX file, or write an IR anew.

    Args:
        source: File of ``tools/export.py``.
        description: Stored in the file, with the SHA-256 of its weights.
        path: The ``.xml`` to write; its weights go to a ``.bin`` beside it.
        half: Whether weights are rounded to float16 on disk; what they compute in is chosen later.

    Raises:
        ImportError: If OpenVINO is not installed.
    """
    require('openvino', extra='openvino')
    import openvino

    model = openvino.Core().read_model(source)
    model.set_rt_info(description.to_json(), ['framework', KEY])
    openvino.save_model(model, path, compress_to_fp16=half)
    digest = hashlib.sha256(path.with_suffix('.bin').read_bytes()).hexdigest()
    model.set_rt_info(digest, ['framework', DIGEST])
    openvino.save_model(model, path, compress_to_fp16=half)  # the same weights


@contextmanager
def replacing_all(path: Path) -> Iterator[Path]:
    """Let a file, and of an IR its weights, be written elsewhere, and put in place if all went well.

    An IR is never seen with the weights of another: it is taken away before they are replaced.

    Args:
        path: The file; its folder is made if there is none.

    Yields:
        Where to write, in an empty folder on the same disk.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix='.part-', dir=path.parent) as folder:
        part = Path(folder, path.name)
        yield part
        if path.suffix == '.xml':
            path.unlink(missing_ok=True)
            os.replace(part.with_suffix('.bin'), path.with_suffix('.bin'))
        os.replace(part, path)
