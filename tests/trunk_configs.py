"""The configs of other trunks, and small variants of them for tests."""

import pytest
from helpers import REPO
from mmengine.config import Config

SMALL = {  # shallow and narrow
    'srm_r50_duts_modern': dict(depth=18, stem_channels=8, base_channels=8),
    'srm_r101_duts': dict(depth=18, stem_channels=8, base_channels=8),
    'srm_mobilenet-v2_duts': dict(widen_factor=0.25),
    'srm_swin-t_duts': dict(embed_dims=8, depths=(1, 2, 1, 1), num_heads=(1, 1, 2, 2)),
    'srm_mit-b2_duts': dict(embed_dims=8, num_layers=[1, 2, 1, 1], num_heads=[1, 2, 2, 4]),
    'srm_convnext-t_duts': dict(arch=dict(depths=[1, 1, 1, 1], channels=[8, 16, 16, 32])),
    'srm_timm-pvt-v2-b2_duts': dict(model_name='pvt_v2_b0'),
}
NEEDS = {'srm_convnext-t_duts': 'mmpretrain', 'srm_timm-pvt-v2-b2_duts': 'timm'}
TRANSFORMERS = ('srm_swin-t_duts', 'srm_mit-b2_duts')


def trunk_config(name: str, small: bool = True) -> Config:
    """Read a config whose trunks start from random weights; skip where its package cannot be had."""
    if package := NEEDS.get(name):
        reason = (
            f'needs {package}, which imports torchvision, and that has no build for this PyTorch'
        )
        pytest.importorskip(package, reason=reason, exc_type=ImportError)
    config = Config.fromfile(REPO / f'configs/{name}.py')
    for trunk in (config.model.backbone.master, config.model.backbone.refinement):
        trunk.pop('init_cfg', None)
        if trunk.type == 'TIMMBackbone':
            trunk.pretrained = False
        trunk.update(SMALL[name] if small else {})
    if small:
        config.model.neck.update(
            pool_scales=(1, 2), pool_channels=8, mid_channels=8, out_channels=8
        )
        config.model.decode_head.channels = 8
    return config
