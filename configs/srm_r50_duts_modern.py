# srm_r50_duts.py by a recipe of today: 60 epochs, crops, turns, colour, batches of changing size, mixed
# precision, averaged weights, and F3Net's structure loss.
# Meant for 8 GPUs x 4 images. Not yet trained: no time and no score measured.
_base_ = [
    '_base_/models/srm_trunk.py',
    '_base_/datasets/duts_modern.py',
    '_base_/schedules/schedule_modern_sgd.py',
    '_base_/default_runtime.py',
]
trunk = dict(
    type='ResNet',
    depth=50,
    strides=(1, 2, 2, 2),
    dilations=(1, 1, 1, 1),
    norm_eval=True,
    init_cfg=dict(type='Pretrained', checkpoint='torchvision://resnet50'),
)
model = dict(backbone=dict(master=trunk, refinement=trunk))
