"""An exported file in a run of the test, in place of a config's model.

It is no component of configs, and so in no registry: ``test --backend`` names the class itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from mmengine.model import BaseModel
from mmengine.structures import PixelData

from srm_mmseg.apis.exported_backend import ExportedBackend
from srm_mmseg.apis.model_choice import ModelChoice
from srm_mmseg.apis.open_backend import open_backend


class ExportedSegmentor(BaseModel):
    """Predicts by an exported file what :class:`~srm_mmseg.apis.SaliencyInferencer` draws by it.

    Args:
        file: Of ``tools/export.py``.
        precision: That OpenVINO computes in, which it then does.
        stage: Number of the stage that is tested, out of the file's; the last by default.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is none of ``tools/export.py``, or has no such stage.
    """

    def __init__(self, file: str, precision: str | None = None, stage: int | None = None) -> None:
        super().__init__()
        backend = open_backend(ModelChoice(file, precision=precision))
        assert isinstance(backend, ExportedBackend)  # of a file
        stages = backend.description.stages
        if stage not in (None, *stages):
            raise ValueError(f'Expected a stage that {file!r} gives, {stages}, but got {stage}.')
        self.backend = backend
        self.runs_on = backend.runs_on
        self.index = -1 if stage is None else stages.index(stage)

    def forward(self, inputs: Any, data_samples: Any = None, mode: str = 'predict') -> list:
        """Put each image's map, 1 x H x W at its own size, into its sample's ``seg_logits``.

        Args:
            inputs: Images, 3 x H x W each, uint8, BGR, of the size that the file takes.
            data_samples: Theirs.
            mode: 'predict'; a file can do no other.
        """
        images = np.stack([one.permute(1, 2, 0).cpu().numpy() for one in inputs])
        for maps, sample in zip(self.backend(images), data_samples):
            found = self.backend.maps(maps, sample.ori_shape[:2], stages=True)[self.index]
            sample.seg_logits = PixelData(data=torch.from_numpy(found)[None])
            sample.pred_sem_seg = PixelData(data=torch.from_numpy(found > 0.5)[None].long())
        return data_samples
