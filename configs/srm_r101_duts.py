# SRM with two ResNet-101 (He et al., CVPR 2016) on DUTS.
# Meant for 8 GPUs x 4 images. Not yet trained: no time and no score measured.
_base_ = [
    '_base_/models/srm_trunk.py',
    '_base_/datasets/duts_modern.py',
    '_base_/schedules/schedule_modern_sgd.py',
    '_base_/default_runtime.py',
]
trunk = dict(
    type='ResNet',
    depth=101,
    strides=(1, 2, 2, 2),
    dilations=(1, 1, 1, 1),
    norm_eval=True,
    init_cfg=dict(type='Pretrained', checkpoint='torchvision://resnet101'),
)
model = dict(backbone=dict(master=trunk, refinement=trunk))
