# SRM with two MobileNetV2 (Sandler et al., CVPR 2018) on DUTS: the lightest of MMSegmentation's trunks.
# Meant for 8 GPUs x 4 images. Not yet trained: no time and no score measured.
_base_ = [
    '_base_/models/srm_trunk.py',
    '_base_/datasets/duts_modern.py',
    '_base_/schedules/schedule_modern_sgd.py',
    '_base_/default_runtime.py',
]
trunk = dict(
    type='MobileNetV2',
    norm_eval=True,
    init_cfg=dict(type='Pretrained', checkpoint='mmcls://mobilenet_v2'),
)
model = dict(backbone=dict(master=trunk, refinement=trunk))
