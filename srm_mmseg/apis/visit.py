"""What a visitor of the page has drawn, in a folder."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from srm_mmseg.saliency.encode import encode
from srm_mmseg.saliency.pictures import cutout
from srm_mmseg.whole_file import write_whole


@dataclass
class Visit:
    """The photographs of a visitor: a folder, the names of those drawn, and what was drawn of them.

    Attributes:
        folder: Of the visitor alone.
        names: Of the photographs.
        drawn: Files of maps and cut-outs.
    """

    folder: Path
    names: list[str] = field(default_factory=list)
    drawn: list[Path] = field(default_factory=list)

    @classmethod
    def below(cls, folder: Path) -> Visit:
        """Begin a visit in a new folder below another."""
        return cls(Path(tempfile.mkdtemp(dir=folder)))

    def file(self, name: str, what: str) -> Path:
        """Name the file of one of a photograph's pictures."""
        return self.folder / f'{name}_{what}.png'

    def add(self, stem: str, image: np.ndarray, stages: np.ndarray) -> str:
        """Keep a photograph and its maps.

        Args:
            stem: The photograph's file name without the suffix.
            image: RGB, H x W x 3, or RGBA, H x W x 4, uint8.
            stages: T x H x W, uint8.

        Returns:
            Its name: the stem, with a number if another photograph has it.
        """
        names = (stem, *(f'{stem}-{i}' for i in range(2, len(self.names) + 3)))
        name = next(name for name in names if name not in self.names)
        write_whole(encode(image), self.file(name, 'image'))
        drawn = {f's{t}': stage for t, stage in enumerate(stages, 1)}
        for what, picture in (drawn | {'cutout': cutout(image, stages[-1])}).items():
            write_whole(encode(picture), self.file(name, what))
            self.drawn.append(self.file(name, what))
        self.names.append(name)
        return name

    def pack(self, folder: Path) -> Path:
        """Pack all maps and cut-outs into a file below a folder, in place of an earlier one."""
        packed = folder / self.folder.name / 'maps.zip'
        packed.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(packed, 'w') as archive:  # PNGs are compressed already
            for file in self.drawn:
                archive.write(file, file.name)
        return packed

    def forget(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
