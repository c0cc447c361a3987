"""What several tests share: small models from random weights, small data sets, the command line."""

import os
import socket
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

import srm_mmseg.register  # noqa: F401

REPO = Path(__file__).parents[1]
TOOLBOX = ('mmseg', 'mmcv', 'mmengine', 'torch')
SHARED = REPO.parent / 'shared'
init_default_scope('mmseg')


def model_config(name: str = 'srm_r18', stages: int = 3) -> Config:
    """Read a model's config and cut it to T stages; the trunks start from random weights."""
    model = Config.fromfile(REPO / f'configs/_base_/models/{name}.py').model
    if stages == 1:
        model.backbone.refinement = None
    else:
        # The taps of T = 2 and 3 are C4' and C4', C3': no layer past the deepest tap.
        model.backbone.refinement.out_indices = tuple(range(4 - stages, 3))
        model.backbone.refinement.pop('init_cfg', None)
    model.backbone.master.pop('init_cfg', None)
    model.decode_head.loss_decode.stage_weights = (1.0,) * stages
    return model


def build(config: dict, seed: int = 0) -> nn.Module:
    """Build a module and draw its random weights, without the log of each of them."""
    torch.manual_seed(seed)
    module = MODELS.build(config)
    for part in module.modules():
        if hasattr(part, '_dump_init_info'):
            part._dump_init_info = lambda: None
    if hasattr(module, 'init_weights'):
        module.init_weights()
    return module


def count_parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def samples(masks: Tensor) -> list[SegDataSample]:
    """Wrap masks, B x H x W, as the data samples of a batch."""
    height, width = masks.shape[1:]
    meta = dict(img_shape=(height, width), ori_shape=(height, width), img_path='a/image.jpg')
    return [SegDataSample(gt_sem_seg=PixelData(data=mask[None]), metainfo=meta) for mask in masks]


def random_masks(batch: int, size: int, seed: int = 0) -> Tensor:
    return torch.randint(0, 2, (batch, size, size), generator=torch.Generator().manual_seed(seed))


class NoSynchronisation(TorchDispatchMode):
    """Refuse what makes the host wait for a device: reading a value, or a size that depends on one."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name = str(function)
        assert not any(s in name for s in ('_local_scalar_dense', 'nonzero', 'masked_select')), name
        return function(*args, **(kwargs or {}))


def run(*command: object, data: Path | None = None, check: bool = True, **env: str):
    """Run a command in the repository; its output is in the error when it fails."""
    env = {**os.environ, 'PYTHONPATH': str(REPO), 'OMP_NUM_THREADS': '1', **env}
    env['PATH'] = f'{Path(sys.executable).parent}{os.pathsep}{env["PATH"]}'
    if data is not None:
        env['SOD_DATA'] = str(data)
    done = subprocess.run(
        list(map(str, command)), cwd=REPO, env=env, capture_output=True, text=True, timeout=1500
    )
    if check and done.returncode:
        raise AssertionError(f'{command} exited {done.returncode}:\n{done.stdout}\n{done.stderr}')
    return done


def refusing(*packages: str) -> str:
    """Write code that makes packages fail to import, as if they were not installed."""
    return f"""
import sys
class Refuse:
    def find_spec(self, name, *_):
        if name.partition('.')[0] in {packages!r}:
            raise ModuleNotFoundError(f'No module named {{name!r}}', name=name)
sys.meta_path.insert(0, Refuse())
"""


def free_port() -> str:
    """Find a port that is free now."""
    with socket.socket() as server:
        server.bind(('127.0.0.1', 0))
        return str(server.getsockname()[1])


def reference_scores(saliency: np.ndarray, truth: np.ndarray) -> dict:
    """Score an image (uint8, uint8) with PySODMetrics; curves from threshold 0 to 255."""
    import py_sod_metrics

    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        kinds = ('MAE', 'Fmeasure', 'WeightedFmeasure', 'Smeasure', 'Emeasure')
        measures = [getattr(py_sod_metrics, kind)() for kind in kinds]
        for measure in measures:
            measure.step(saliency, truth)
        mae, f, weighted, structure, e = (measure.get_results() for measure in measures)
    return {
        'MAE': mae['mae'],
        'precision': f['pr']['p'][::-1],
        'recall': f['pr']['r'][::-1],
        'F': f['fm']['curve'][::-1],
        'adpF': f['fm']['adp'],
        'wF': weighted['wfm'],
        'Sm': structure['sm'],
        'E': e['em']['curve'][::-1],
        'adpE': e['em']['adp'],
    }
