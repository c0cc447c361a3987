# SRM with two ConvNeXt-T (Liu et al., CVPR 2022) of MMPretrain on DUTS: pip install
# 'srm-mmseg[mmpretrain]'.
# Meant for 8 GPUs x 4 images. Not yet trained: no time and no score measured.
_base_ = [
    '_base_/models/srm_trunk.py',
    '_base_/datasets/duts_modern.py',
    '_base_/schedules/schedule_modern.py',
    '_base_/default_runtime.py',
]
folder = 'https://mmassets.onedl.ai/mmclassification/v0/convnext/downstream/'
trunk = dict(
    type='mmpretrain.ConvNeXt',
    arch='tiny',
    out_indices=(0, 1, 2, 3),
    drop_path_rate=0.2,
    layer_scale_init_value=1.0,
    gap_before_final_norm=False,
    init_cfg=dict(
        type='Pretrained',
        checkpoint=folder + 'convnext-tiny_3rdparty_32xb128-noema_in1k_20220301-795e9634.pth',
        prefix='backbone.',
    ),
)
model = dict(backbone=dict(master=trunk, refinement=trunk))
