# SRM with two Swin-T (Liu et al., ICCV 2021) on DUTS.
# Meant for 8 GPUs x 4 images. Not yet trained: no time and no score measured.
_base_ = [
    '_base_/models/srm_trunk.py',
    '_base_/datasets/duts_modern.py',
    '_base_/schedules/schedule_modern.py',
    '_base_/default_runtime.py',
]
folder = 'https://mmassets.onedl.ai/mmsegmentation/v0.5/pretrain/swin/'
trunk = dict(
    type='SwinTransformer',
    drop_path_rate=0.2,
    init_cfg=dict(
        type='Pretrained',
        checkpoint=folder + 'swin_tiny_patch4_window7_224_20220317-1cdeb081.pth',
    ),
)
model = dict(backbone=dict(master=trunk, refinement=trunk))
